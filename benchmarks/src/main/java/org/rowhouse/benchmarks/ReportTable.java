package org.rowhouse.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** A report as a person reads it: facts on top, one aligned line per row. */
final class ReportTable {
    private static final List<String> HEAD =
            List.of("", "unit", "Rowhouse", "peer", "times better", "target", "met");

    private ReportTable() {}

    static void print(Report report, PrintStream out) {
        out.printf("%s   commit %s   %s%n", report.benchmark(), report.commit(), report.date());
        out.println("machine   " + facts(report.machine()));
        out.println("settings  " + facts(report.settings()));
        var peers = new TreeSet<String>();
        report.rows().stream().map(Row::peer).filter(Objects::nonNull).forEach(peers::add);
        peers.forEach(peer -> out.println("peer      " + peer));
        out.println();
        List<List<String>> lines = new ArrayList<>();
        lines.add(HEAD);
        report.rows().forEach(row -> lines.add(cells(row)));
        Aligned.print(lines, column -> column >= 2 && column <= 4, out);
        out.println();
        out.println(verdict(report.rows()));
    }

    private static String facts(Map<String, Object> facts) {
        return facts.entrySet().stream()
                .map(fact -> fact.getKey() + " " + fact.getValue())
                .collect(Collectors.joining(", "));
    }

    private static List<String> cells(Row row) {
        Double peer = row.peerValue();
        Double ratio = row.ratio();
        Target target = row.target();
        Boolean met = row.met();
        return List.of(
                row.name(),
                row.unit(),
                Numbers.plain(row.rowhouse()),
                peer == null ? "" : Numbers.plain(peer),
                ratio == null ? "" : Numbers.plain(ratio),
                target == null ? "" : target.text(),
                met == null ? "" : met ? "yes" : "NO");
    }

    private static String verdict(List<Row> rows) {
        long targets = rows.stream().filter(row -> row.met() != null).count();
        long met = rows.stream().filter(row -> Boolean.TRUE.equals(row.met())).count();
        return targets == 0 ? "No row has a target." : met + " of " + targets + " targets met.";
    }
}
