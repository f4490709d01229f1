package org.rowhouse.benchmarks;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * What a browser loads before the console shows its first page: the page, what it names, and all
 * modules that those import, which a browser follows before it runs any of them.
 */
final class FirstPage {
    private static final String START = "/console/";
    private static final Pattern NAMED = Pattern.compile("(?:src|href)=\"(/console/[^\"]+)\"");
    private static final Pattern IMPORTED =
            Pattern.compile("(?:from|\\bimport)\\s*[\"']([./][^\"']*)[\"']");

    private FirstPage() {}

    /**
     * The sum of the bodies as they are sent to a browser that reads gzip.
     *
     * @throws RowhouseException if a file is not there
     */
    static long bytes(String address) {
        try (HttpClient http = HttpClient.newHttpClient()) {
            URI start = URI.create(address + START);
            Deque<URI> ahead = new ArrayDeque<>(Set.of(start));
            Set<URI> seen = new LinkedHashSet<>(ahead);
            long sum = 0;
            while (!ahead.isEmpty()) {
                URI file = ahead.removeFirst();
                byte[] sent = get(http, file);
                sum += sent.length;
                Matcher names = (file.equals(start) ? NAMED : IMPORTED).matcher(text(sent));
                while (names.find()) {
                    URI named = file.resolve(names.group(1));
                    if (seen.add(named)) {
                        ahead.add(named);
                    }
                }
            }
            return sum;
        } catch (IOException failure) {
            throw new RowhouseException(
                    ErrorCode.FUNCTION_FAILED,
                    "The console's first page cannot be weighed: " + failure.getMessage(),
                    failure);
        } catch (InterruptedException interrupted) {
            throw Nodes.interrupted();
        }
    }

    private static byte[] get(HttpClient http, URI file) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(file).header("Accept-Encoding", "gzip").build();
        var response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        if (response.statusCode() != 200
                || !response.headers().firstValue("Content-Encoding").orElse("").equals("gzip")) {
            throw new IOException(
                    file.getPath() + " is not there, or not compressed: " + response.statusCode());
        }
        return response.body();
    }

    private static String text(byte[] zipped) throws IOException {
        try (var in = new GZIPInputStream(new ByteArrayInputStream(zipped))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
