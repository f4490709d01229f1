package org.rowhouse.tasks;

import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Need;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.spi.Codec;
import org.rowhouse.api.spi.FunctionImage;
import org.rowhouse.api.spi.Functions;
import tools.jackson.databind.json.JsonMapper;

/**
 * Functions made of lambdas, for tests. All belong to the component {@code test}, version {@code
 * 1}.
 */
final class TestFunctions implements Functions {
    private final JsonMapper mapper = JsonMapper.builder().build();
    private final Map<String, Image> images = new ConcurrentHashMap<>();

    /** A function's code: from JSON to a value. */
    interface Code {
        @Nullable Object run(String input) throws Exception;
    }

    TestFunctions workflow(String name, Code code) {
        images.put(name, new Image(name, true, 1, null, code));
        return this;
    }

    TestFunctions workflow(String name, Duration timeout, Code code) {
        images.put(name, new Image(name, true, 1, timeout, code));
        return this;
    }

    TestFunctions function(String name, int attempts, Code code) {
        images.put(name, new Image(name, false, attempts, null, code));
        return this;
    }

    @Override
    public FunctionImage find(String component, @Nullable String version, String function) {
        Image image = images.get(function);
        if (image == null) {
            throw new RowhouseException(ErrorCode.NOT_FOUND, "no function " + function);
        }
        return image;
    }

    @Override
    public Codec codec() {
        return new Codec() {
            @Override
            public String encode(@Nullable Object value) {
                return mapper.writeValueAsString(value);
            }

            @Override
            public @Nullable Object decode(String json, Type type) {
                return mapper.readValue(json, mapper.constructType(type));
            }
        };
    }

    private final class Image implements FunctionImage {
        private final String name;
        private final boolean workflow;
        private final int attempts;
        private final @Nullable Duration timeout;
        private final Code code;

        Image(String name, boolean workflow, int attempts, @Nullable Duration timeout, Code code) {
            this.name = name;
            this.workflow = workflow;
            this.attempts = attempts;
            this.timeout = timeout;
            this.code = code;
        }

        @Override
        public String component() {
            return "test";
        }

        @Override
        public String version() {
            return "1";
        }

        @Override
        public String function() {
            return name;
        }

        @Override
        public boolean workflow() {
            return workflow;
        }

        @Override
        public int attempts() {
            return attempts;
        }

        @Override
        public Duration backOff() {
            return Duration.ofMillis(10);
        }

        @Override
        public @Nullable Duration timeout() {
            return timeout;
        }

        @Override
        public Need need() {
            return Need.NOTHING;
        }

        @Override
        public @Nullable String schema() {
            return null;
        }

        @Override
        public String checkInput(String inputJson) {
            return inputJson;
        }

        @Override
        public String call(String inputJson) throws Throwable {
            return mapper.writeValueAsString(code.run(inputJson));
        }
    }
}
