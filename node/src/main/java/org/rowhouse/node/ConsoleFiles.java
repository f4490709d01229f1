package org.rowhouse.node;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The files of the web console, read from the class path: its own below {@code
 * org/rowhouse/console}, those of its libraries in their WebJars. They hold no data, so they ask
 * for no token.
 *
 * <p>Each is kept in memory once it was asked for; only files that exist are, so that is bounded.
 * Safe for all threads.
 */
final class ConsoleFiles {
    private static final String OWN = "org/rowhouse/console/";
    private static final String PAGE = "index.html";

    /**
     * Neither a dot at the beginning of a name nor an empty one: nothing leads out of the folder.
     */
    private static final Pattern NAME =
            Pattern.compile("(?:[A-Za-z0-9][A-Za-z0-9._-]*/)*[A-Za-z0-9][A-Za-z0-9._-]*");

    private static final Map<String, String> TYPES =
            Map.of(
                    "html", "text/html; charset=utf-8",
                    "css", "text/css; charset=utf-8",
                    "js", "text/javascript; charset=utf-8",
                    "svg", "image/svg+xml");

    /** Libraries by the folder below {@code vendor/}; the versions are those of the build. */
    private static final Map<String, String> VENDORS =
            Map.of(
                    "lit-html", "org.webjars.npm",
                    "uplot", "org.webjars.npm",
                    "codemirror", "org.webjars.npm");

    /** Nothing from elsewhere, nothing inline, in nobody's frame. */
    private static final Map<String, String> HEADERS =
            Map.of(
                    "Content-Security-Policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                            + " connect-src 'self'; base-uri 'none'; form-action 'none';"
                            + " frame-ancestors 'none'",
                    "X-Content-Type-Options",
                    "nosniff",
                    "Referrer-Policy",
                    "no-referrer",
                    "Cross-Origin-Opener-Policy",
                    "same-origin",
                    "Vary",
                    "Accept-Encoding",
                    "Cache-Control",
                    "no-cache");

    private final Map<String, File> files = new ConcurrentHashMap<>();

    /** Never compared, so arrays will do. */
    @SuppressWarnings("ArrayRecordComponent")
    private record File(String type, String tag, byte[] plain, byte[] zipped) {}

    /**
     * Answers with a file, or that the client's copy is still good.
     *
     * @param name below {@code /console/}; empty for the page itself
     * @param known the tag of the client's copy
     * @param takesGzip whether the client reads gzip
     * @return empty if there is no such file
     */
    Optional<Answer.Body> answer(String name, @Nullable String known, boolean takesGzip) {
        File file = find(name.isEmpty() ? PAGE : name);
        if (file == null) {
            return Optional.empty();
        }
        Map<String, String> headers = new HashMap<>(HEADERS);
        headers.put("Content-Type", file.type);
        headers.put("ETag", file.tag);
        if (file.tag.equals(known)) {
            return Optional.of(new Answer.Body(304, new byte[0], headers));
        }
        if (takesGzip) {
            headers.put("Content-Encoding", "gzip");
        }
        return Optional.of(new Answer.Body(200, takesGzip ? file.zipped : file.plain, headers));
    }

    private @Nullable File find(String name) {
        File found = files.get(name);
        if (found != null || !NAME.matcher(name).matches()) {
            return found;
        }
        String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        String resource = resource(name);
        if (type == null || resource == null) {
            return null;
        }
        byte[] plain = read(resource);
        if (plain == null) {
            return null;
        }
        File made = new File(type, '"' + digest(plain) + '"', plain, zip(plain));
        files.put(name, made);
        return made;
    }

    private static @Nullable String resource(String name) {
        if (!name.startsWith("vendor/")) {
            return OWN + name;
        }
        String[] parts = name.split("/", 3);
        String group = parts.length < 3 ? null : VENDORS.get(parts[1]);
        String version = group == null ? null : version(group, parts[1]);
        return version == null
                ? null
                : "META-INF/resources/webjars/" + parts[1] + "/" + version + "/" + parts[2];
    }

    private static @Nullable String version(String group, String library) {
        byte[] about = read("META-INF/maven/" + group + "/" + library + "/pom.properties");
        if (about == null) {
            return null;
        }
        Properties properties = new Properties();
        try (InputStream in = new java.io.ByteArrayInputStream(about)) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }

    private static byte @Nullable [] read(String resource) {
        URL url = ConsoleFiles.class.getClassLoader().getResource(resource);
        if (url == null) {
            return null;
        }
        try (InputStream in = url.openStream()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("The console's file " + resource + " is damaged.", e);
        }
    }

    private static byte[] zip(byte[] plain) {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
            out.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return zipped.toByteArray();
    }

    private static String digest(byte[] plain) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(plain);
            return HexFormat.of().formatHex(hash, 0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Each JDK has SHA-256.", e);
        }
    }
}
