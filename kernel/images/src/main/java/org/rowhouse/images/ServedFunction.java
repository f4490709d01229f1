package org.rowhouse.images;

import java.lang.reflect.Type;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Need;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.spi.FunctionImage;
import org.rowhouse.api.spi.InterfaceMethod;

/**
 * An operation of a served interface as a function of its component, called as the operation is:
 * what a durable call runs. Like every function it runs at least once.
 */
final class ServedFunction implements FunctionImage {
    private static final String NOTHING = "null";

    private final ServedComponent served;
    private final InterfaceMethod method;
    private final @Nullable String schema;
    private final JsonCodec codec;

    ServedFunction(
            ServedComponent served,
            InterfaceMethod method,
            @Nullable String schema,
            JsonCodec codec) {
        this.served = served;
        this.method = method;
        this.schema = schema;
        this.codec = codec;
    }

    @Override
    public String component() {
        return served.component();
    }

    @Override
    public String version() {
        return served.version();
    }

    @Override
    public String function() {
        return method.operation();
    }

    @Override
    public boolean workflow() {
        return false;
    }

    @Override
    public int attempts() {
        return 1;
    }

    @Override
    public Duration backOff() {
        return Duration.ZERO;
    }

    @Override
    public @Nullable Duration timeout() {
        return null;
    }

    @Override
    public Need need() {
        return Need.NOTHING;
    }

    @Override
    public @Nullable String schema() {
        return schema;
    }

    @Override
    public String checkInput(String inputJson) {
        return codec.encode(input(inputJson), ErrorCode.INVALID_INPUT);
    }

    @Override
    public String call(String inputJson) throws Throwable {
        Object input = input(inputJson);
        Object[] arguments = method.request() == null ? new Object[0] : new Object[] {input};
        return codec.encode(served.call(method, arguments));
    }

    private @Nullable Object input(String json) {
        Type request = method.request();
        if (request != null) {
            return codec.decode(json.equals(NOTHING) ? "{}" : json, request);
        }
        if (!json.equals(NOTHING) && !json.equals("{}")) {
            throw new RowhouseException(
                    ErrorCode.INVALID_INPUT,
                    "The operation " + Quoted.of(function()) + " takes nothing; leave it out.");
        }
        return null;
    }
}
