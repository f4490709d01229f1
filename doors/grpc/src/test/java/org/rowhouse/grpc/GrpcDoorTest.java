package org.rowhouse.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.TextFormat;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** A program that knows nothing of Rowhouse finds what it can call, and calls it. */
class GrpcDoorTest {
    private static final String SERVICE = "the_shop.Shop";
    private static final String TOKEN = "a token of this test";
    private static final String ORDER =
            """
            gift: true count: -5 at: 9007199254740993 rough: 0.25 fine: -1.5 item: "tea" note: "n"
            limit: 0 id: "01993b1e-7a2c-7001-8f00-2a44c8b1d0e5" when { seconds: -1 nanos: 5 }
            within { seconds: -1 nanos: -500000000 } day: "2026-11-26" price: "12.50"
            colour: GREEN payment { Card { number: "1" } } labels: "a" labels: "b"
            holes { value: "x" } holes { } grid { value: 1 value: 2 } grid { }
            stock { key: "a" value: 3 } payments { key: "RED" value { Cash { cents: 5 } } }
            """;

    private final OneShelf node = new OneShelf();
    private GrpcDoor door;
    private Stranger stranger;

    @BeforeEach
    void open() {
        Gate gate =
                (authorization, _) -> {
                    if (!("Bearer " + TOKEN).equals(authorization)) {
                        throw new RowhouseException(ErrorCode.UNAUTHORIZED, "show the token");
                    }
                };
        door =
                new GrpcDoor(
                        InetSocketAddress.createUnresolved("127.0.0.1", 0),
                        node.outside(),
                        gate,
                        null);
        stranger = new Stranger(door.port(), TOKEN);
    }

    @AfterEach
    void close() throws Exception {
        stranger.close();
        door.close();
    }

    private MethodDescriptor method(String name) throws Exception {
        return stranger.method(SERVICE, name);
    }

    private static DynamicMessage item(MethodDescriptor method, int number) {
        return Stranger.with(method.getInputType(), "number", number);
    }

    private static int number(DynamicMessage item) {
        return (Integer) Stranger.get(item, "number");
    }

    @Test
    void whatThereIsIsFoundByReflection() throws Exception {
        assertThat(stranger.services()).contains(SERVICE, "grpc.reflection.v1.ServerReflection");
        assertThat(method("same").getInputType().getFullName()).isEqualTo("the_shop.Order");
        assertThat(method("count").isServerStreaming()).isTrue();
    }

    @Test
    void everyKindOfFieldGoesThereAndBack() throws Exception {
        MethodDescriptor same = method("same");
        DynamicMessage.Builder order = DynamicMessage.newBuilder(same.getInputType());
        TextFormat.merge(ORDER, order);
        DynamicMessage.Builder part = DynamicMessage.newBuilder(same.getInputType());
        TextFormat.merge(ORDER.replace("note: \"n\"", "other: BLUE"), part);
        order.addRepeatedField(same.getInputType().findFieldByName("parts"), part.build());
        DynamicMessage answer = stranger.call(same, order.build(), CallOptions.DEFAULT);
        assertThat(answer.toString()).isEqualTo(order.build().toString());
    }

    @Test
    void whatIsMissingOrCannotBeReadIsRefusedByItsName() throws Exception {
        MethodDescriptor same = method("same");
        DynamicMessage.Builder missing = DynamicMessage.newBuilder(same.getInputType());
        TextFormat.merge(ORDER.replace("colour: GREEN", ""), missing);
        DynamicMessage.Builder spoilt = DynamicMessage.newBuilder(same.getInputType());
        TextFormat.merge(ORDER.replace("2026-11-26", "tomorrow"), spoilt);
        assertRefused(same, missing.build(), Status.Code.INVALID_ARGUMENT, "'colour'");
        assertRefused(same, spoilt.build(), Status.Code.INVALID_ARGUMENT, "'tomorrow'");
    }

    private void assertRefused(
            MethodDescriptor method, DynamicMessage request, Status.Code code, String message) {
        StatusRuntimeException refused =
                catchThrowableOfType(
                        StatusRuntimeException.class,
                        () -> stranger.call(method, request, CallOptions.DEFAULT));
        assertThat(refused.getStatus().getCode()).isEqualTo(code);
        assertThat(refused.getStatus().getDescription()).contains(message);
    }

    @Test
    void errorsAreStatusesWithTheirCode() throws Exception {
        assertRefused(
                method("refuse"),
                item(method("refuse"), 3),
                Status.Code.FAILED_PRECONDITION,
                "There is no item 3");
        MethodDescriptor fail = method("fail");
        assertThatThrownBy(() -> stranger.call(fail, item(fail, 3), CallOptions.DEFAULT))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> {
                            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNKNOWN);
                            assertThat(
                                            e.getTrailers()
                                                    .get(
                                                            Metadata.Key.of(
                                                                    "rowhouse-code",
                                                                    Metadata
                                                                            .ASCII_STRING_MARSHALLER)))
                                    .isEqualTo("FUNCTION_FAILED");
                        });
    }

    @Test
    void nothingGoesInAndNothingComesOut() throws Exception {
        MethodDescriptor nothing = method("nothing");
        assertThat(nothing.getInputType().getFullName()).isEqualTo("google.protobuf.Empty");
        DynamicMessage empty = DynamicMessage.getDefaultInstance(nothing.getInputType());
        assertThat(number(stranger.call(nothing, empty, CallOptions.DEFAULT))).isEqualTo(7);
        assertThat(method("refuse").getOutputType().getFullName())
                .isEqualTo("google.protobuf.Empty");
    }

    @Test
    void itemsFlowBothWays() throws Exception {
        List<Integer> counted = new ArrayList<>();
        Iterator<DynamicMessage> items =
                stranger.stream(method("count"), item(method("count"), 1_000));
        items.forEachRemaining(each -> counted.add(number(each)));
        assertThat(counted).hasSize(1_000).startsWith(0, 1, 2).endsWith(999);

        MethodDescriptor sum = method("sum");
        List<DynamicMessage> hundred = new ArrayList<>();
        for (int i = 1; i <= 100; i++) {
            hundred.add(item(sum, i));
        }
        assertThat(stranger.exchange(sum, hundred))
                .singleElement()
                .satisfies(each -> assertThat(number(each)).isEqualTo(5_050));

        MethodDescriptor times = method("times");
        List<DynamicMessage> parts = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            String field = i == 0 ? "request" : "item";
            var described = times.getInputType().findFieldByName(field).getMessageType();
            parts.add(
                    Stranger.with(
                            times.getInputType(),
                            field,
                            Stranger.with(described, "number", i + 3)));
        }
        assertThat(stranger.exchange(times, parts))
                .extracting(GrpcDoorTest::number)
                .hasSize(49)
                .startsWith(12, 15)
                .endsWith(3 * 52);
        assertThatThrownBy(() -> stranger.exchange(times, List.of(parts.get(1))))
                .hasMessageContaining("first one message with 'request'");
    }

    @Test
    void aSlowReaderHoldsTheStreamUp() throws Exception {
        MethodDescriptor count = method("count");
        Iterator<DynamicMessage> items = stranger.stream(count, item(count, 10_000_000));
        for (int i = 0; i < 100; i++) {
            assertThat(number(items.next())).isEqualTo(i);
        }
        assertThat(node.shelf.made.get()).isLessThan(1_000_000);
    }

    @Test
    void aDeadlineInterruptsTheComponent() throws Exception {
        MethodDescriptor block = method("block");
        CallOptions soon = CallOptions.DEFAULT.withDeadlineAfter(200, TimeUnit.MILLISECONDS);
        assertThatThrownBy(() -> stranger.call(block, item(block, 1), soon))
                .hasMessageContaining("DEADLINE_EXCEEDED");
        assertThat(node.shelf.interrupted.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aClientThatCancelsInterruptsTheComponent() throws Exception {
        MethodDescriptor block = method("block");
        ClientCall<DynamicMessage, DynamicMessage> call = stranger.open(block, CallOptions.DEFAULT);
        call.start(new ClientCall.Listener<>() {}, new Metadata());
        call.sendMessage(item(block, 1));
        call.halfClose();
        call.request(1);
        assertThat(node.shelf.begun.await(20, TimeUnit.SECONDS)).isTrue();
        call.cancel("no more", null);
        assertThat(node.shelf.interrupted.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whoShowsNoTokenSeesAndCallsNothing() throws Exception {
        MethodDescriptor same = method("same");
        for (String token : new String[] {null, "another"}) {
            try (Stranger thief = new Stranger(door.port(), token)) {
                assertThatThrownBy(thief::services).hasMessageContaining("UNAUTHENTICATED");
                DynamicMessage order = DynamicMessage.getDefaultInstance(same.getInputType());
                assertThatThrownBy(() -> thief.call(same, order, CallOptions.DEFAULT))
                        .hasMessageContaining("UNAUTHENTICATED: show the token");
            }
        }
    }

    @Test
    void whatIsTooLargeOrUnknownIsRefusedAndTheRestGoesOn() throws Exception {
        MethodDescriptor same = method("same");
        String most = "x".repeat(GrpcBounds.MESSAGE_BYTES_MAX);
        assertRefused(
                same,
                Stranger.with(same.getInputType(), "item", most),
                Status.Code.RESOURCE_EXHAUSTED,
                "4194304 are the most");
        DynamicMessage huge = Stranger.with(same.getInputType(), "item", most + most);
        assertThatThrownBy(() -> stranger.call(same, huge, CallOptions.DEFAULT))
                .isInstanceOf(StatusRuntimeException.class);
        MethodDescriptor nothing = method("nothing");
        DynamicMessage empty = DynamicMessage.getDefaultInstance(nothing.getInputType());
        assertThat(number(stranger.call(nothing, empty, CallOptions.DEFAULT))).isEqualTo(7);
    }

    @Test
    void aDoorBeyondLoopbackNeedsTls() {
        assertThatThrownBy(() ->
                        new GrpcDoor(
                                InetSocketAddress.createUnresolved("0.0.0.0", 0),
                                node.outside(),
                                (_, _) -> {},
                                null))
                .hasMessageContaining("there is no TLS");
    }
}
