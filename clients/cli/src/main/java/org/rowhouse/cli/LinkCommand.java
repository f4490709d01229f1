package org.rowhouse.cli;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.link.DatagramLink;
import org.rowhouse.wire.link.LinkCounts;
import org.rowhouse.wire.link.LinkTraits;
import org.rowhouse.wire.link.StreamLink;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rowhouse link}: a bad network between programs of this machine, for demonstrations. */
@CommandLine.Command(
        footer = {
            "",
            "Clients connect to --listen instead of the server. What happens to a packet depends on"
                    + " the seed and its number alone, so a run can be repeated. Streams lose and"
                    + " reorder nothing: TCP would not, either. It ends with Ctrl-C.",
            "`rowhouse link udp 127.0.0.1:7000 --delay 25ms --rate 1MB/s`"
        })
final class LinkCommand extends Command {
    private static final Pattern TIME = Pattern.compile("(\\d{1,9})(us|ms|s)");
    private static final Pattern BYTES = Pattern.compile("(\\d{1,9})(B|KB|MB)(/s)?");
    private static final Pattern SHARE = Pattern.compile("(\\d{1,3}(?:\\.\\d{1,6})?)%");
    private static final Duration TELL_EVERY = Duration.ofSeconds(5);

    /** What passes. */
    enum Kind {
        UDP,
        TCP
    }

    @Parameters(
            index = "0",
            paramLabel = "udp|tcp",
            description = "What passes: datagrams or streams.")
    Kind kind = Kind.UDP;

    @Parameters(index = "1", paramLabel = "HOST:PORT", description = "The server behind the link.")
    String server = "";

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            description = "Where clients connect (default: a free port of 127.0.0.1).")
    String listen = "127.0.0.1:0";

    @Option(
            names = "--delay",
            paramLabel = "TIME",
            description = "How long everything takes, one way, such as 25ms (default: 0ms).")
    String delay = "0ms";

    @Option(
            names = "--jitter",
            paramLabel = "TIME",
            description = "Up to so much longer, by chance (default: 0ms).")
    String jitter = "0ms";

    @Option(
            names = "--loss",
            paramLabel = "PERCENT",
            description = "Datagrams that are lost, such as 20%% (default: 0%%).")
    String loss = "0%";

    @Option(
            names = "--duplicate",
            paramLabel = "PERCENT",
            description = "Datagrams that arrive twice (default: 0%%).")
    String duplicate = "0%";

    @Option(
            names = "--reorder",
            paramLabel = "PERCENT",
            description = "Datagrams that take twice the delay (default: 0%%).")
    String reorder = "0%";

    @Option(
            names = "--rate",
            paramLabel = "BYTES/s",
            description = "How much passes, such as 10MB/s (default: no limit).")
    @Nullable String rate;

    @Option(
            names = "--queue",
            paramLabel = "BYTES",
            description = "How much waits before that (default: 256KB).")
    String queue = "256KB";

    @Option(
            names = "--stall",
            paramLabel = "PERCENT",
            description = "Chunks of a stream that are held up (default: 0%%).")
    String stall = "0%";

    @Option(
            names = "--stall-time",
            paramLabel = "TIME",
            description = "How long each of them is held up (default: 200ms).")
    String stallTime = "200ms";

    @Option(names = "--seed", paramLabel = "N", description = "Decides what happens (default: 1).")
    long seed = 1;

    @Option(
            names = "--for",
            paramLabel = "TIME",
            description = "Ends by itself after this time (default: with Ctrl-C).")
    @Nullable String time;

    LinkCommand(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() throws InterruptedException {
        LinkTraits traits =
                LinkTraits.PERFECT
                        .delay(time("--delay", delay))
                        .jitter(time("--jitter", jitter))
                        .loss(share("--loss", loss))
                        .duplicate(share("--duplicate", duplicate))
                        .reorder(share("--reorder", reorder))
                        .rate(
                                rate == null ? Long.MAX_VALUE : bytes("--rate", rate),
                                (int) bytes("--queue", queue))
                        .stall(share("--stall", stall), time("--stall-time", stallTime));
        InetSocketAddress from = address("--listen", listen);
        InetSocketAddress to = address("HOST:PORT", server);
        if (kind == Kind.UDP) {
            try (DatagramLink link = DatagramLink.open(from, to, seed, traits)) {
                watch(link.address(), link::counts);
            }
        } else {
            try (StreamLink link = StreamLink.open(from, to, seed, traits)) {
                watch(link.address(), link::counts);
            }
        }
        return 0;
    }

    private void watch(InetSocketAddress at, Supplier<LinkCounts> counts)
            throws InterruptedException {
        shell.out()
                .println(
                        "%s:%d leads to %s, seed %d"
                                .formatted(
                                        at.getAddress().getHostAddress(),
                                        at.getPort(),
                                        server,
                                        seed));
        long endNs =
                System.nanoTime()
                        + (time == null ? Long.MAX_VALUE / 2 : time("--for", time).toNanos());
        LinkCounts last = counts.get();
        for (long leftNs = endNs - System.nanoTime();
                leftNs > 0;
                leftNs = endNs - System.nanoTime()) {
            TimeUnit.NANOSECONDS.sleep(Math.min(leftNs, TELL_EVERY.toNanos()));
            LinkCounts now = counts.get();
            if (!now.equals(last)) {
                tell(now);
            }
            last = now;
        }
    }

    private void tell(LinkCounts counts) {
        shell.out()
                .println(
                        "%,d came, %,d passed, %,d lost, %,d dropped, %,d twice, %,d overtaken"
                                .formatted(
                                        counts.taken(),
                                        counts.passed(),
                                        counts.lost(),
                                        counts.dropped(),
                                        counts.doubled(),
                                        counts.reordered()));
    }

    private static Duration time(String option, String text) {
        Matcher found = TIME.matcher(text);
        if (!found.matches()) {
            throw invalid(option, "a time such as 25ms or 2s", text);
        }
        long number = Long.parseLong(found.group(1));
        return switch (found.group(2)) {
            case "us" -> Duration.ofNanos(number * 1_000);
            case "ms" -> Duration.ofMillis(number);
            default -> Duration.ofSeconds(number);
        };
    }

    private static double share(String option, String text) {
        Matcher found = SHARE.matcher(text);
        if (!found.matches()) {
            throw invalid(option, "a share such as 20%", text);
        }
        return Double.parseDouble(found.group(1)) / 100;
    }

    private static long bytes(String option, String text) {
        Matcher found = BYTES.matcher(text);
        if (!found.matches()) {
            throw invalid(option, "bytes such as 256KB or 10MB/s", text);
        }
        long number = Long.parseLong(found.group(1));
        long unit =
                switch (found.group(2)) {
                    case "B" -> 1;
                    case "KB" -> 1_000;
                    default -> 1_000_000;
                };
        if (option.equals("--queue") && number * unit > Integer.MAX_VALUE) {
            throw invalid(option, "at most 2000MB", text);
        }
        return number * unit;
    }

    private static InetSocketAddress address(String option, String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 1 || !text.substring(colon + 1).matches("[0-9]{1,5}")) {
            throw invalid(option, "HOST:PORT", text);
        }
        int port = Integer.parseInt(text.substring(colon + 1));
        if (port > 65_535) {
            throw invalid(option, "HOST:PORT with a port of at most 65535", text);
        }
        InetSocketAddress address = new InetSocketAddress(text.substring(0, colon), port);
        if (address.isUnresolved()) {
            throw invalid(option, "a host that is known", text);
        }
        return address;
    }

    private static RowhouseException invalid(String option, String form, String text) {
        return new RowhouseException(
                ErrorCode.INVALID_ARGUMENT,
                "%s must be %s, but is '%s'.".formatted(option, form, Text.printable(text)));
    }
}
