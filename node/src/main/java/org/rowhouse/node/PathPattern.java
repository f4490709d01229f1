package org.rowhouse.node;

import io.helidon.common.uri.UriPath;
import io.helidon.http.PathMatcher;
import io.helidon.http.PathMatchers;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The path of a route, such as {@code /queues/{name}/pause}. A path is split at its slashes first
 * and decoded then (RFC 3986, section 2.4), so a name may hold a slash, written as {@code %2F}.
 */
final class PathPattern implements PathMatcher {
    private final List<String> segments;

    PathPattern(String pattern) {
        this.segments = segments(pattern);
    }

    private static List<String> segments(String path) {
        return List.of(path.split("/", -1));
    }

    /**
     * What stands in a path, as it came, for each variable, decoded; null if the path is another.
     *
     * @throws IllegalArgumentException if it fits and is not well encoded
     */
    @Nullable Map<String, String> values(String rawPath) {
        List<String> parts = segments(rawPath);
        if (parts.size() != segments.size()) {
            return null;
        }
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < parts.size(); i++) {
            String segment = segments.get(i);
            String part = decode(parts.get(i));
            if (segment.startsWith("{")) {
                if (part.isEmpty()) {
                    return null;
                }
                values.put(segment.substring(1, segment.length() - 1), part);
            } else if (!segment.equals(part)) {
                return null;
            }
        }
        return values;
    }

    private static String decode(String segment) {
        // A plus is a plus in a path, and a blank in forms only.
        return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    @Override
    public PathMatchers.MatchResult match(UriPath path) {
        try {
            return values(path.rawPath()) == null
                    ? PathMatchers.MatchResult.notAccepted()
                    : PathMatchers.any().match(path);
        } catch (IllegalArgumentException e) {
            return PathMatchers.MatchResult.notAccepted(); // no name is written so
        }
    }

    @Override
    public PathMatchers.PrefixMatchResult prefixMatch(UriPath path) {
        return PathMatchers.PrefixMatchResult.notAccepted(); // routes stand for themselves
    }
}
