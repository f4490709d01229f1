package org.rowhouse.mqtt;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Who subscribes to what: a tree of levels, and what was found in it for the topics in use. Safe
 * for all threads.
 */
final class Filters {
    private static final String ANY_LEVEL = "+";
    private static final String ALL_BELOW = "#";

    private final Node root = new Node();
    private final Map<String, Match> found = new ConcurrentHashMap<>();

    /**
     * Who gets messages of a topic.
     *
     * @param direct each session once, with all its filters that match
     * @param shared one of each of these sessions gets a message
     */
    record Match(List<Recipient> direct, List<Group> shared) {}

    /** A session with what it asked for by all filters that match. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Recipient(
            DeviceSession session,
            int qos,
            boolean asPublished,
            boolean notOwn,
            int[] identifiers) {}

    /** Sessions that take turns. */
    record Group(List<Recipient> members, AtomicInteger turn) {}

    private static final class Node {
        final Map<String, Node> children = new HashMap<>();

        /** By session and whole filter: subscribing again replaces. */
        final Map<String, Subscribed> here = new LinkedHashMap<>();
    }

    synchronized void add(Subscribed subscribed) {
        Node node = root;
        for (String level : Names.plain(subscribed.filter()).split("/", -1)) {
            node = node.children.computeIfAbsent(level, _ -> new Node());
        }
        node.here.put(key(subscribed.session(), subscribed.filter()), subscribed);
        found.clear();
    }

    synchronized void remove(DeviceSession session, String filter) {
        List<Node> path = new ArrayList<>(List.of(root));
        String[] levels = Names.plain(filter).split("/", -1);
        for (String level : levels) {
            Node next = path.getLast().children.get(level);
            if (next == null) {
                return;
            }
            path.add(next);
        }
        path.getLast().here.remove(key(session, filter));
        for (int i = levels.length; i > 0; i--) {
            Node node = path.get(i);
            if (node.here.isEmpty() && node.children.isEmpty()) {
                path.get(i - 1).children.remove(levels[i - 1]);
            }
        }
        found.clear();
    }

    /** Who gets messages of a topic. */
    Match match(String topic) {
        Match match = found.get(topic);
        return match != null ? match : look(topic);
    }

    private synchronized Match look(String topic) {
        List<Subscribed> all = new ArrayList<>();
        collect(root, topic.split("/", -1), 0, all);
        Map<DeviceSession, List<Subscribed>> direct = new LinkedHashMap<>();
        Map<String, List<Subscribed>> shared = new TreeMap<>();
        for (Subscribed one : all) {
            if (Names.group(one.filter()).isEmpty()) {
                direct.computeIfAbsent(one.session(), _ -> new ArrayList<>()).add(one);
            } else {
                shared.computeIfAbsent(one.filter(), _ -> new ArrayList<>()).add(one);
            }
        }
        Match match =
                new Match(
                        direct.values().stream().map(Filters::recipient).toList(),
                        shared.values().stream().map(Filters::group).toList());
        if (found.size() >= MqttBounds.MATCHES_MAX) {
            found.clear();
        }
        found.put(topic, match);
        return match;
    }

    private static Group group(Collection<Subscribed> members) {
        return new Group(
                members.stream().map(one -> recipient(List.of(one))).toList(), new AtomicInteger());
    }

    private static Recipient recipient(List<Subscribed> filters) {
        return new Recipient(
                filters.getFirst().session(),
                filters.stream().mapToInt(one -> one.options().qos().value()).max().orElse(0),
                filters.stream().anyMatch(one -> one.options().isRetainAsPublished()),
                filters.stream().allMatch(one -> one.options().isNoLocal()),
                filters.stream()
                        .mapToInt(Subscribed::identifier)
                        .filter(identifier -> identifier > 0)
                        .toArray());
    }

    private static void collect(Node node, String[] levels, int depth, List<Subscribed> all) {
        // A filter that begins with a wildcard does not match names with a dollar sign.
        boolean wild = depth > 0 || !levels[0].startsWith("$");
        Node below = node.children.get(ALL_BELOW);
        if (below != null && wild) {
            all.addAll(below.here.values());
        }
        if (depth == levels.length) {
            all.addAll(node.here.values());
            return;
        }
        Node exact = node.children.get(levels[depth]);
        if (exact != null) {
            collect(exact, levels, depth + 1, all);
        }
        Node any = node.children.get(ANY_LEVEL);
        if (any != null && wild) {
            collect(any, levels, depth + 1, all);
        }
    }

    /** Whether a filter without a group matches a topic. */
    static boolean matches(String filter, String topic) {
        String[] filters = filter.split("/", -1);
        String[] levels = topic.split("/", -1);
        boolean hidden = topic.startsWith("$");
        for (int i = 0; i < filters.length; i++) {
            boolean wild = i > 0 || !hidden;
            if (filters[i].equals(ALL_BELOW)) {
                return wild;
            }
            if (i >= levels.length
                    || !(filters[i].equals(levels[i]) || (filters[i].equals(ANY_LEVEL) && wild))) {
                return false;
            }
        }
        return filters.length == levels.length;
    }

    private static String key(DeviceSession session, String filter) {
        return session.client() + '\0' + filter;
    }
}
