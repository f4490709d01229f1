package org.rowhouse.examples.census;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds a file's media type: by its first bytes, and where these leave it open by its name. */
final class MediaTypes {
    static final String EMPTY = "inode/x-empty";
    static final String TEXT = "text/plain";
    static final String UNKNOWN = "application/octet-stream";

    private MediaTypes() {}

    /** Bytes in hexadecimal that stand at a place of all files of a type. */
    private record Magic(int offset, String hex, String type) {
        boolean matches(String headHex) {
            return headHex.startsWith(hex, 2 * offset);
        }
    }

    /** As far as {@link #MAGIC} looks. */
    private static final int MAGIC_BYTES = 512;

    private static final List<Magic> MAGIC =
            List.of(
                    new Magic(0, "89504e470d0a1a0a", "image/png"),
                    new Magic(0, "ffd8ff", "image/jpeg"),
                    new Magic(0, "47494638", "image/gif"),
                    new Magic(8, "57454250", "image/webp"),
                    new Magic(0, "00000100", "image/vnd.microsoft.icon"),
                    new Magic(0, "49492a00", "image/tiff"),
                    new Magic(0, "4d4d002a", "image/tiff"),
                    new Magic(0, "255044462d", "application/pdf"),
                    new Magic(0, "25215053", "application/postscript"),
                    new Magic(0, "504b0304", "application/zip"),
                    new Magic(0, "504b0506", "application/zip"),
                    new Magic(0, "1f8b", "application/gzip"),
                    new Magic(0, "fd377a585a00", "application/x-xz"),
                    new Magic(0, "425a68", "application/x-bzip2"),
                    new Magic(0, "28b52ffd", "application/zstd"),
                    new Magic(0, "377abcaf271c", "application/x-7z-compressed"),
                    new Magic(257, "7573746172", "application/x-tar"),
                    new Magic(0, "213c617263683e0a", "application/x-archive"),
                    new Magic(0, "7f454c46", "application/x-elf"),
                    new Magic(0, "cafebabe", "application/java-vm"),
                    new Magic(0, "0061736d", "application/wasm"),
                    new Magic(0, "53514c69746520666f726d6174203300", "application/vnd.sqlite3"),
                    new Magic(0, "00010000", "font/ttf"),
                    new Magic(0, "4f54544f", "font/otf"),
                    new Magic(0, "774f4646", "font/woff"),
                    new Magic(0, "774f4632", "font/woff2"),
                    new Magic(0, "4f676753", "audio/ogg"),
                    new Magic(0, "664c6143", "audio/flac"),
                    new Magic(0, "494433", "audio/mpeg"),
                    new Magic(8, "57415645", "audio/wav"),
                    new Magic(4, "66747970", "video/mp4"),
                    new Magic(0, "de120495", "application/x-gettext-translation"),
                    new Magic(0, "545a6966", "application/tzif"));

    /** Types that share a container's first bytes, by the name's ending. */
    private static final Map<String, String> CONTAINERS =
            Map.of(
                    "jar", "application/java-archive",
                    "docx",
                            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                    "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                    "odt", "application/vnd.oasis.opendocument.text",
                    "epub", "application/epub+zip");

    /** What a text is, by the name's ending. */
    private static final Map<String, String> TEXTS =
            Map.ofEntries(
                    Map.entry("html", "text/html"),
                    Map.entry("htm", "text/html"),
                    Map.entry("xml", "text/xml"),
                    Map.entry("svg", "image/svg+xml"),
                    Map.entry("css", "text/css"),
                    Map.entry("js", "text/javascript"),
                    Map.entry("json", "application/json"),
                    Map.entry("md", "text/markdown"),
                    Map.entry("csv", "text/csv"),
                    Map.entry("sql", "text/x-sql"),
                    Map.entry("java", "text/x-java"),
                    Map.entry("c", "text/x-c"),
                    Map.entry("h", "text/x-c"),
                    Map.entry("py", "text/x-python"),
                    Map.entry("pl", "text/x-perl"),
                    Map.entry("pm", "text/x-perl"),
                    Map.entry("sh", "text/x-shellscript"),
                    Map.entry("tex", "text/x-tex"),
                    Map.entry("yaml", "text/x-yaml"),
                    Map.entry("yml", "text/x-yaml"));

    /** The type of a file with this encoded name whose content begins with {@code head}. */
    static String detect(String name, ByteBuffer head) {
        if (!head.hasRemaining()) {
            return EMPTY;
        }
        byte[] first = new byte[Math.min(head.remaining(), MAGIC_BYTES)];
        head.duplicate().get(first);
        String hex = HexFormat.of().formatHex(first);
        String ending = ending(name);
        for (Magic magic : MAGIC) {
            if (magic.matches(hex)) {
                return magic.type.equals("application/zip")
                        ? CONTAINERS.getOrDefault(ending, magic.type)
                        : magic.type;
            }
        }
        String text = text(head);
        return text == null ? UNKNOWN : detectText(ending, text);
    }

    private static String detectText(String ending, String text) {
        if (text.startsWith("#!")) {
            return script(text.lines().findFirst().orElse(""));
        }
        String known = TEXTS.get(ending);
        if (known != null) {
            return known;
        }
        String start = text.stripLeading().toLowerCase(Locale.ROOT);
        if (start.startsWith("<!doctype html") || start.startsWith("<html")) {
            return "text/html";
        }
        return start.startsWith("<?xml") ? "text/xml" : TEXT;
    }

    private static String script(String line) {
        for (String language : List.of("python", "perl", "ruby")) {
            if (line.contains(language)) {
                return "text/x-" + language;
            }
        }
        return "text/x-shellscript";
    }

    private static String ending(String name) {
        String last = name.substring(name.lastIndexOf('/') + 1);
        int dot = last.lastIndexOf('.');
        return dot < 1 ? "" : last.substring(dot + 1).toLowerCase(Locale.ROOT);
    }

    /** The bytes as text; null if they are none. A character cut off at the end is no fault. */
    private static @Nullable String text(ByteBuffer head) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        CharBuffer chars = CharBuffer.allocate(head.remaining());
        if (decoder.decode(head.duplicate(), chars, false).isError()) {
            return null;
        }
        String text = chars.flip().toString();
        boolean control = text.chars().anyMatch(c -> c < ' ' && "\t\n\r\f\b\033".indexOf(c) < 0);
        return control ? null : text;
    }
}
