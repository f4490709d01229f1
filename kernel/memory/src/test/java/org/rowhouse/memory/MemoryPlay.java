package org.rowhouse.memory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Cell;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.PerhapsDoneException;
import org.rowhouse.api.Region;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.CallOptions;
import org.rowhouse.wire.Connection;
import org.rowhouse.wire.Exchange;
import org.rowhouse.wire.LostException;
import org.rowhouse.wire.Operation;
import org.rowhouse.wire.Service;

/**
 * A play of clients that use a pair of cells, of homes that hold it one after the other, and of all
 * that may go wrong: connections break before, while and after a request is handled; requests
 * arrive late, twice and out of order; homes are cut off from the database, die and come back; time
 * jumps, and clocks run unevenly. The code that plays is the kernel's own, but for rows and wire.
 */
final class MemoryPlay {
    /** A mistake to be found by the checker. */
    enum Bug {
        NONE,
        /** A home goes on to answer when its lease is over. */
        ENDLESS_LEASE,
        /** An addition reads and writes in two steps. */
        TORN_ADD,
        /** A home does not remember what it has done. */
        FORGETFUL_HOME,
        /** A range is read in two steps. */
        TORN_READ
    }

    /** The pair lies across two stripes. */
    private static final long PAIR = MemoryBounds.STRIPE_BYTES - Region.CELL_BYTES;

    private static final int CLIENTS = 3;
    private static final int DEEDS = 8;

    private final Stage stage;
    private final Random random;
    private final Bug bug;
    private final Rows rows = new Rows();
    private final Map<Integer, Node> nodes = new HashMap<>();
    private final Deque<Late> late = new ArrayDeque<>();
    private final List<Linearizability.Timed<Deed>> history = new ArrayList<>();
    private final Set<Long> changing = new HashSet<>();
    private long moment;
    private long value = 100;
    private long count = 1000;
    private int lives;

    MemoryPlay(long seed, Bug bug) {
        this.stage = new Stage(seed);
        this.random = stage.random();
        this.bug = bug;
    }

    /** Plays; gives the history of the pair. */
    List<Linearizability.Timed<Deed>> play() {
        Node first = new Node();
        new Node();
        first.keeper.beat(true);
        for (int i = 0; i < CLIENTS; i++) {
            String name = "node:" + i;
            Node at = i == 0 ? first : null;
            stage.add(true, () -> client(name, at));
        }
        stage.add(false, this::sabotage);
        stage.add(false, this::deliverLate);
        stage.play();
        return history;
    }

    // Homes ---------------------------------------------------------------------------------------

    private final class Node {
        private final int life = ++lives;
        private final int drift = random.nextInt(-5, 6);
        private final MemoryHome home = new MemoryHome(1 << 20, this::nanoTime);
        private final Service service = new MemoryEndpoints(home, (peer, claimed) -> claimed);
        private final HomeKeeper keeper =
                new HomeKeeper(home, rows, "n" + life, () -> life, () -> true);
        private boolean cut;
        private boolean dead;

        Node() {
            nodes.put(life, this);
            stage.add(false, this::keep);
        }

        private long nanoTime() {
            if (bug == Bug.ENDLESS_LEASE) {
                return 0;
            }
            long now = stage.nanoTime();
            stage.step(); // whoever asked for the time may be slow to use it
            return now + now / 1000 * drift;
        }

        private void keep() {
            while (stage.goesOn() && !dead) {
                try {
                    keeper.beat(false);
                } catch (RowhouseException e) {
                    // as without a database
                }
                stage.pause(MemoryBounds.BEAT);
            }
            home.close();
        }
    }

    private final class Rows implements RegionRows {
        private final Map<Integer, Long> leases = new HashMap<>();
        private RegionRow row =
                new RegionRow(1, "pair", 2L * MemoryBounds.STRIPE_BYTES, null, null, 0, Map.of());

        @Override
        public Optional<List<RegionRow>> beat(Beat beat) {
            reach(beat.life());
            Integer home = row.home();
            leases.put(beat.life(), stage.nanoTime() + MemoryBounds.LEASE.toNanos());
            if (home == null || leases.getOrDefault(home, 0L) < stage.nanoTime()) {
                row =
                        new RegionRow(
                                row.number(),
                                row.name(),
                                row.bytes(),
                                null,
                                beat.life(),
                                row.incarnation() + 1,
                                Map.of());
            }
            reach(beat.life());
            boolean mine = Objects.equals(row.home(), beat.life());
            List<RegionRow> hosted = mine ? List.of(row) : List.of();
            reach(beat.life());
            return Optional.of(hosted);
        }

        private void reach(int life) {
            stage.step();
            if (Objects.requireNonNull(nodes.get(life)).cut) {
                throw new RowhouseException(ErrorCode.DATABASE_UNAVAILABLE, "cut off");
            }
        }

        @Override
        public @Nullable RegionRow find(String name) {
            stage.step();
            RegionRow found = row;
            Integer home = found.home();
            boolean leased = home != null && leases.getOrDefault(home, 0L) >= stage.nanoTime();
            return leased
                    ? found
                    : new RegionRow(
                            found.number(),
                            name,
                            found.bytes(),
                            null,
                            null,
                            found.incarnation(),
                            Map.of());
        }

        @Override
        public long export(String name, long bytes, String component, int life) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void giveUp(RegionRow row, int life) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void leave(int life) {
            throw new UnsupportedOperationException();
        }
    }

    private void sabotage() {
        while (stage.goesOn()) {
            stage.pause(Duration.ofMillis(random.nextInt(2000)));
            List<Node> alive = nodes.values().stream().filter(node -> !node.dead).toList();
            Node node = alive.get(random.nextInt(alive.size()));
            switch (random.nextInt(6)) {
                case 0, 1, 2 -> {
                    Node home = nodes.get(Objects.requireNonNullElse(rows.row.home(), 0));
                    (home == null ? node : home).cut = true;
                }
                case 3 -> node.cut = false;
                case 4 -> stage.jump(Duration.ofMillis(random.nextInt(3000)));
                default -> {
                    if (lives < 5 && stage.happens(300)) {
                        node.dead = true;
                        new Node();
                    }
                }
            }
            if (alive.stream().allMatch(one -> one.cut)) {
                alive.get(random.nextInt(alive.size())).cut = false;
            }
        }
    }

    // The wire ------------------------------------------------------------------------------------

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Late(Node node, Operation operation, byte[] request, String peer) {}

    private void deliverLate() {
        while (stage.goesOn()) {
            stage.pause(Duration.ofMillis(random.nextInt(400)));
            Late next = random.nextBoolean() ? late.pollFirst() : late.pollLast();
            if (next != null) {
                try {
                    handle(next);
                } catch (RowhouseException e) {
                    // nobody waits for it any more
                }
            }
        }
    }

    private byte[] handle(Late request) {
        if (request.node.dead) {
            throw new LostException("the home is gone", true);
        }
        boolean changes =
                !request.operation.equals(Frames.READ) && !request.operation.equals(Frames.OPEN);
        long handle = changes ? Frames.getLong(request.request, Frames.HANDLE) : 0;
        // A change that is slow to be made holds its handle's lock, on which actors must not block.
        while (changes && !changing.add(handle)) {
            stage.step();
        }
        try {
            byte[] copy = request.request.clone();
            if (bug == Bug.FORGETFUL_HOME && request.operation.equals(Frames.FETCH_ADD)) {
                Frames.putLong(copy, Frames.TURN, ++count * MemoryBounds.TURNS);
            }
            if (bug == Bug.TORN_ADD && request.operation.equals(Frames.FETCH_ADD)) {
                return tornAdd(request, copy);
            }
            if (bug == Bug.TORN_READ && request.operation.equals(Frames.READ)) {
                return tornRead(request, copy);
            }
            return ask(request.node, request.operation, copy, request.peer);
        } finally {
            if (changes) {
                changing.remove(handle);
            }
        }
    }

    private static byte[] ask(Node node, Operation operation, byte[] request, String peer) {
        try {
            return Objects.requireNonNull(node.service.find(operation.name(), peer))
                    .call(
                            request,
                            new Service.Incoming(
                                    peer, operation.request(), Duration.ofSeconds(1), null));
        } catch (RowhouseException e) {
            throw new RowhouseException(e.code(), String.valueOf(e.getMessage()));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private byte[] tornAdd(Late late, byte[] request) {
        byte[] read = new byte[Frames.READ_BYTES];
        System.arraycopy(request, 0, read, 0, 16);
        Frames.putInt(read, Frames.COUNT, 8);
        byte[] seen = ask(late.node, Frames.READ, read, late.peer);
        stage.step();
        byte[] write = request.clone();
        long before = Frames.getLong(seen, Frames.VERSION_BYTES);
        Frames.putLong(
                write, Frames.AFTER_TURN, before + Frames.getLong(request, Frames.AFTER_TURN));
        byte[] answer = new byte[Frames.CHANGED_BYTES];
        System.arraycopy(ask(late.node, Frames.WRITE, write, late.peer), 0, answer, 0, 8);
        Frames.putLong(answer, 8, before);
        return answer;
    }

    private byte[] tornRead(Late late, byte[] request) {
        byte[] first = ask(late.node, Frames.READ, request, late.peer);
        stage.step();
        byte[] second = ask(late.node, Frames.READ, request, late.peer);
        System.arraycopy(second, 16, first, 16, first.length - 16);
        return first;
    }

    private final class Line implements Connection {
        private final Node node;
        private final String peer;
        private boolean open = true;

        Line(Node node, String peer) {
            this.node = node;
            this.peer = peer;
        }

        @Override
        public byte[] call(Operation operation, byte[] request, CallOptions options) {
            stage.step();
            Late sent = new Late(node, operation, request.clone(), peer);
            if (!open || node.dead) {
                throw lose(false);
            }
            int fate = random.nextInt(20);
            boolean opens = operation.equals(Frames.OPEN);
            switch (fate) {
                case 0 -> throw lose(random.nextBoolean());
                case 1 -> {
                    late.add(sent);
                    throw lose(true);
                }
                case 2 -> {
                    handle(sent);
                    stage.step();
                    throw lose(true);
                }
                case 3 -> late.add(sent);
                case 4 -> {
                    if (!opens && stage.happens(200)) {
                        late.add(sent);
                        throw new RowhouseException(ErrorCode.TIMED_OUT, "no answer in time");
                    }
                }
                default -> {}
            }
            byte[] answer = handle(sent);
            stage.step();
            return answer;
        }

        private LostException lose(boolean perhapsDone) {
            open = false;
            return new LostException("the connection broke", perhapsDone);
        }

        @Override
        public Exchange open(Operation operation, byte[] request, CallOptions options) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Operation known(Operation operation, Duration patience) {
            return operation;
        }

        @Override
        public String peer() {
            return "node:home";
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() {
            open = false;
        }
    }

    private Connection way(int life, String peer) {
        Node node = nodes.get(life);
        if (node == null || node.dead) {
            throw new RowhouseException(ErrorCode.NODE_UNAVAILABLE, "that node is gone");
        }
        return new Line(node, peer);
    }

    // Clients -------------------------------------------------------------------------------------

    private void client(String name, @Nullable Node at) {
        MemoryHome here = at == null ? new MemoryHome(0, stage::nanoTime) : at.home;
        Opener opener =
                new Opener(
                        here,
                        () -> at == null ? 0 : at.life,
                        new Surroundings(
                                rows, life -> way(life, name), stage, MemoryBounds.PATIENCE));
        Region region = null;
        long seen = 0;
        for (int i = 0; i < DEEDS; i++) {
            stage.pause(Duration.ofMillis(random.nextInt(1500)));
            try {
                if (region == null) {
                    region = opener.open("pair", name);
                }
                Deed done = act(draw(region.incarnation(), seen), region);
                seen = done.gave();
            } catch (RowhouseException e) {
                if (e.code() == ErrorCode.CONFLICT || e instanceof PerhapsDoneException) {
                    region = null;
                } else if (e.code() != ErrorCode.NODE_UNAVAILABLE
                        && e.code() != ErrorCode.TIMED_OUT) {
                    throw e;
                }
            }
        }
    }

    private Deed draw(long incarnation, long seen) {
        Deed.Kind kind = List.of(Deed.Kind.values()).get(random.nextInt(Deed.Kind.values().length));
        int cell = kind == Deed.Kind.FETCH_ADD ? 0 : random.nextInt(2);
        return switch (kind) {
            case READ, READ_BOTH -> new Deed(kind, cell, 0, 0, 0, 0, incarnation);
            case WRITE -> new Deed(kind, cell, ++value, 0, 0, 0, incarnation);
            case WRITE_BOTH -> new Deed(kind, cell, ++value, ++value, 0, 0, incarnation);
            case COMPARE_AND_SET -> new Deed(kind, cell, seen, ++value, 0, 0, incarnation);
            case FETCH_ADD -> new Deed(kind, cell, 1000, 0, 0, 0, incarnation);
        };
    }

    /** Does it, and writes it into the history unless it certainly was not done. */
    private Deed act(Deed deed, Region region) {
        long began = ++moment;
        try {
            Deed done = perform(deed, region);
            history.add(new Linearizability.Timed<>(done, began, ++moment));
            return done;
        } catch (PerhapsDoneException e) {
            history.add(new Linearizability.Timed<>(deed, began, Linearizability.NEVER));
            throw e;
        }
    }

    static Deed perform(Deed deed, Region region) {
        Cell cell = region.cell(PAIR / Region.CELL_BYTES + deed.cell());
        switch (deed.kind()) {
            case READ -> {
                return deed.gave(cell.get(), 0);
            }
            case WRITE -> cell.set(deed.one());
            case COMPARE_AND_SET -> {
                return deed.gave(cell.compareAndExchange(deed.one(), deed.other()), 0);
            }
            case FETCH_ADD -> {
                return deed.gave(cell.fetchAdd(deed.one()), 0);
            }
            case READ_BOTH -> {
                byte[] both = region.read(PAIR, 16);
                return deed.gave(Frames.getLong(both, 0), Frames.getLong(both, 8));
            }
            case WRITE_BOTH -> {
                byte[] both = new byte[16];
                Frames.putLong(both, 0, deed.one());
                Frames.putLong(both, 8, deed.other());
                region.write(PAIR, both);
            }
        }
        return deed.gave(deed.one(), 0);
    }
}
