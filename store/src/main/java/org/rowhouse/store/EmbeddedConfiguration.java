package org.rowhouse.store;

import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** What {@code postgresql.conf} and {@code pg_hba.conf} of the embedded server say, and why. */
final class EmbeddedConfiguration {
    private static final long MIB = 1 << 20;
    private static final long SHARED_BUFFERS_MIN = 128 * MIB;
    private static final long SHARED_BUFFERS_MAX = 2048 * MIB;

    /** Free memory that each connection's process keeps at most: a batch of the largest calls. */
    private static final long ALLOCATOR_KEEPS = 16 * MIB;

    private EmbeddedConfiguration() {}

    /**
     * This machine only by password, which is 256 random bits; others only by certificate, and only
     * if {@code tls} says so.
     */
    static String hostBasedAuthentication(@Nullable ServerTls tls) {
        return """
        # Written by Rowhouse at every start: changes are lost.
        local all all scram-sha-256
        """
                + (tls == null ? "" : ServerTlsFiles.hostBasedAuthentication())
                + """
                host all all 127.0.0.1/32 scram-sha-256
                """;
    }

    /**
     * What the server's environment says to its memory allocator (mallopt(3) of glibc; others
     * ignore it): keep what is free. By default more than 128 KiB of it goes back to the system,
     * and a statement that unnests 18 arrays, 16 KiB each to begin with, then spends more time
     * fetching the same pages again than on its work: 211 us instead of 96 were measured.
     */
    static Map<String, String> memory() {
        String kept = String.valueOf(ALLOCATOR_KEEPS);
        return Map.of("MALLOC_TRIM_THRESHOLD_", kept, "MALLOC_MMAP_THRESHOLD_", kept);
    }

    /** Every setting, written anew at every start. */
    static String settings(@Nullable ServerTls tls) {
        StringJoiner lines =
                new StringJoiner(
                        "\n", "# Written by Rowhouse at every start: changes are lost.\n", "\n");
        Map<String, String> values = values(machineMemoryBytes());
        if (tls != null) {
            values.putAll(ServerTlsFiles.settings(tls));
        }
        values.forEach((name, value) -> lines.add(name + " = '" + value + "'"));
        return lines.toString();
    }

    static Map<String, String> values(long memoryBytes) {
        Map<String, String> values = new LinkedHashMap<>();
        // Who may come: this machine only; through the file system the server's own user, and root.
        values.put("listen_addresses", "127.0.0.1");
        values.put("unix_socket_directories", "."); // the data folder
        values.put("unix_socket_permissions", "0700");
        values.put("max_connections", "60"); // lanes, the component's transactions, people
        values.put("password_encryption", "scram-sha-256");
        values.put("scram_iterations", "1"); // stretching adds nothing to 256 random bits
        // A client that forgets an open transaction would hold back the vacuum, and with it the
        // speed of every queue.
        values.put("idle_in_transaction_session_timeout", "60s");

        // What is acknowledged is on disk.
        values.put("fsync", "on");
        values.put("synchronous_commit", "on");
        values.put("full_page_writes", "on");
        // Few checkpoints: after each one, every page is logged whole once more.
        values.put("max_wal_size", "4GB");
        values.put("min_wal_size", "256MB");
        values.put("checkpoint_timeout", "15min");
        values.put("checkpoint_completion_target", "0.9");
        values.put("wal_level", "replica");
        // After a crash: one call for the file system instead of one for each file.
        values.put("recovery_init_sync_method", "syncfs");

        long shared = Math.clamp(memoryBytes / 8, SHARED_BUFFERS_MIN, SHARED_BUFFERS_MAX) / MIB;
        values.put("shared_buffers", shared + "MB");
        values.put("effective_cache_size", Math.max(memoryBytes / 2 / MIB, 256) + "MB");
        values.put("work_mem", "16MB");
        values.put("maintenance_work_mem", "128MB");
        values.put("random_page_cost", "1.1");
        values.put("jit", "off"); // compiling a hot statement costs more than running it
        values.put("max_worker_processes", "8");
        values.put("max_parallel_workers_per_gather", "1");

        // Dead rows are what slows a queue: vacuum often and without pauses.
        values.put("autovacuum_naptime", "5s");
        values.put("autovacuum_vacuum_cost_delay", "0");
        values.put("autovacuum_max_workers", "3");

        values.put("timezone", "UTC");
        values.put("logging_collector", "on");
        values.put("log_directory", "../logs");
        values.put("log_filename", "postgresql-%a.log"); // one file per week day, then over again
        values.put("log_truncate_on_rotation", "on");
        values.put("log_rotation_age", "1d");
        values.put("log_rotation_size", "0");
        values.put("log_line_prefix", "%m [%p] %q%a ");
        values.put("log_timezone", "UTC");
        values.put("log_checkpoints", "on");
        values.put("log_autovacuum_min_duration", "10s");
        values.put("log_min_duration_statement", "5s");
        values.put("log_parameter_max_length", "0"); // users' data stays out of the log
        values.put("log_parameter_max_length_on_error", "0");
        return values;
    }

    private static long machineMemoryBytes() {
        return ManagementFactory.getOperatingSystemMXBean()
                        instanceof com.sun.management.OperatingSystemMXBean machine
                ? machine.getTotalMemorySize()
                : SHARED_BUFFERS_MIN * 8;
    }
}
