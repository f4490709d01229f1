package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Programs outside call components, by JSON and by gRPC. */
class CallDoorsTest {
    private static final NodeFixture NODE = NodeFixture.get();
    private static final String ORDER =
            """
            {"item":"tea","count":2,"note":null,"colour":"GREEN","payment":{"Card":{"number":"1"}},\
            "at":"2026-11-26T12:00:00Z","price":12.50,"picture":"AQI=","numbers":[1,-2],\
            "flags":{"new":true}}\
            """;

    @BeforeAll
    static void serve() {
        NODE.rowhouse.register("stall", new Market.Stall());
    }

    @Test
    void everyKindOfFieldGoesThereAndBackAsJson() {
        NodeFixture.Reply reply = NODE.post("/call/stall/same", ORDER);
        assertThat(reply.json().toString()).isEqualTo(ORDER);
        assertThat(reply.status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    next?interface=Market                  | {"number":1}      | {"number":2}
                    next?interface=org.rowhouse.node.Market| {"number":1}      | {"number":2}
                    none                                   | {}                | {"number":7}
                    count                                  | {"number":2}      | [{"number":0},{"number":1}]
                    sum                                    | [{"number":2},{"number":3}] | {"number":5}
                    times | {"request":{"number":3},"items":[{"number":1},{"number":2}]} \
                                                            | [{"number":3},{"number":6}]
                    """)
    void everyShapeOfOperationIsCalled(String operation, String body, String expected) {
        assertThat(NODE.post("/call/stall/" + operation, body).json().toString())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    next   | {"number":"1"}        | 422 | 'number' must be a whole number
                    next   | {"number":1.5}        | 422 | 'number' must be a whole number
                    next   | {"number":3000000000} | 422 | 'number': the number 3000000000 is too large
                    next   | {}                    | 422 | 'number': it is null
                    next   | {"number":1,"a":2}    | 422 | 'a' is no field of Item
                    next   | [1]                   | 422 | must be an object
                    next   | {"number":            | 400 | not valid JSON
                    sum    | {"number":1}          | 422 | must be an array
                    times  | [{"number":1}]        | 422 | takes a stream
                    refuse | {"number":1}          | 409 | There is no item 1
                    slow   | {"number":1}          | 504 | not answered in time
                    other  | {}                    | 404 | has no operation 'other'
                    count  | {"number":10001}      | 413 | more than 10000 items
                    next?timeout=soon | {"number":1} | 400 | timeout
                    next?interface=Other | {"number":1} | 404 | has no operation
                    """)
    void whatDoesNotFitIsRefusedInWords(String operation, String body, int status, String words) {
        NodeFixture.Reply reply = NODE.post("/call/stall/" + operation, body);
        assertThat(reply.text("detail")).contains(words);
        assertThat(reply.status()).isEqualTo(status);
    }

    @Test
    void componentsThatServeNothingAreRefused() {
        assertThat(NODE.post("/call/nobody/next", "{}").text("detail"))
                .contains("No component 'nobody' serves an interface here")
                .contains("stall");
    }

    @Test
    void whatGivesNothingAnswersNull() {
        NODE.rowhouse.register("quiet", new Silence.Still());
        assertThat(NODE.post("/call/quiet/hush", "{}").json().isNull()).isTrue();
    }

    @Test
    void whoShowsNoTokenCallsNothing() {
        assertThat(
                        NODE.send(
                                        "POST",
                                        "/call/stall/next",
                                        "{\"number\":1}",
                                        Map.of("Authorization", "Bearer wrong"))
                                .status())
                .isEqualTo(401);
    }

    @Test
    void theDoorForGrpcIsShutUnlessItIsAskedFor() {
        assertThat(OuterCalls.open(NODE.rowhouse, NodeOptions.parse(List.of(), Map.of()))).isNull();
    }

    @Test
    void theDoorForGrpcAsksForTheTokenAndCalls() {
        NodeOptions options = NodeOptions.parse(List.of("--grpc", "0"), Map.of());
        assertThat(NodeOptions.parse(options.words(), Map.of()).grpc()).isEqualTo(0);
        try (OuterCalls door = OuterCalls.open(NODE.rowhouse, options)) {
            assertThat(next(door.address(), NODE.token.header())).containsExactly(8, 6);
            assertThatThrownBy(() -> next(door.address(), "Bearer wrong"))
                    .hasMessageContaining("UNAUTHENTICATED: The token is not this node's");
        }
    }

    /** Calls {@code next} with 5: bytes as Protocol Buffers has them. */
    private static byte[] next(String address, String authorization) {
        ManagedChannel channel = NettyChannelBuilder.forTarget(address).usePlaintext().build();
        Metadata headers = new Metadata();
        headers.put(
                Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), authorization);
        try {
            return ClientCalls.blockingUnaryCall(
                    io.grpc.ClientInterceptors.intercept(
                            channel, MetadataUtils.newAttachHeadersInterceptor(headers)),
                    MethodDescriptor.newBuilder(new Bytes(), new Bytes())
                            .setType(MethodDescriptor.MethodType.UNARY)
                            .setFullMethodName("stall.Market/next")
                            .build(),
                    CallOptions.DEFAULT,
                    new byte[] {8, 5});
        } finally {
            channel.shutdownNow();
        }
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
