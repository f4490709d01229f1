package org.rowhouse.wire.datagram;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * How streams begin. Little-endian:
 *
 * <pre>
 * OPEN    u8 1, u32 client's number, u32 magic, u8 version,
 *         16 nonce, 16 cookie, 16 proof, u8 n, n name
 * COOKIE  u8 2, u32 client's number, 16 cookie        send OPEN again with it
 * ACCEPT  u8 3, u32 client's number, u32 server's number, 16 nonce, 16 proof
 * REFUSED u8 5, u32 client's number, u8 why (1 version, 2 full, 3 name or proof)
 * </pre>
 *
 * A proof is HMAC-SHA256 of what stands before it and of the client's nonce, under the name's
 * secret. The cookie is one of the server's, over the client's address and number and the minute,
 * so that the server need keep nothing; an OPEN that comes again gets the same answer.
 */
final class Greeting {
    static final int NAME_BYTES_MAX = 64;

    private static final byte OPEN = 1;
    private static final byte COOKIE = 2;
    private static final byte ACCEPT = 3;
    private static final byte REFUSED = 5;
    private static final int MAGIC = 0x47445752;
    private static final byte VERSION = 1;
    private static final int OPEN_BYTES_MIN = 1 + 4 + 4 + 1 + 16 + 16 + 16 + 1;
    private static final long AGAIN_NS = Duration.ofMillis(150).toNanos();
    private static final long MINUTE_NS = Duration.ofMinutes(1).toNanos();

    private final DatagramEndpoint.Secrets secrets;
    private final @Nullable Consumer<DatagramStream> opened;
    private final Adding adding;
    private final IntSupplier streams;
    private final byte[] ownSecret = DatagramEndpoint.random(32);
    private final Map<Integer, Opening> openings = new ConcurrentHashMap<>();

    /** What was answered to a client; the thread's own. */
    private final LinkedHashMap<Client, byte[]> answers =
            new LinkedHashMap<>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<Client, byte[]> eldest) {
                    return size() > DatagramBounds.STREAMS_MAX;
                }
            };

    /** The nonce is in hexadecimal digits, since arrays are never equal. */
    private record Client(SocketAddress address, int number, String nonce) {}

    /** Makes a stream. */
    interface Adding {
        DatagramStream add(
                int id, SocketAddress peer, int peerId, String name, @Nullable Seal seal);
    }

    /** A stream that this side opens. */
    static final class Opening {
        final int number;
        final InetSocketAddress server;
        final byte[] name;
        final byte[] secret;
        final byte[] nonce = DatagramEndpoint.random(16);
        final CompletableFuture<DatagramStream> answer;
        volatile byte[] cookie = new byte[16];
        volatile long nextNs = Long.MIN_VALUE;

        Opening(
                int number,
                InetSocketAddress server,
                byte[] name,
                byte[] secret,
                CompletableFuture<DatagramStream> answer) {
            this.number = number;
            this.server = server;
            this.name = name;
            this.secret = secret;
            this.answer = answer;
        }

        ByteBuffer packet() {
            ByteBuffer out = little(OPEN_BYTES_MIN + name.length);
            out.put(OPEN).putInt(number).putInt(MAGIC).put(VERSION).put(nonce).put(cookie);
            out.put(openingProof(secret, number, nonce, name));
            return out.put((byte) name.length).put(name).flip();
        }
    }

    Greeting(
            DatagramEndpoint.Secrets secrets,
            @Nullable Consumer<DatagramStream> opened,
            Adding adding,
            IntSupplier streams) {
        this.secrets = secrets;
        this.opened = opened;
        this.adding = adding;
        this.streams = streams;
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] openingProof(byte[] secret, int number, byte[] nonce, byte[] name) {
        return secret.length == 0
                ? new byte[16]
                : Seal.proof(secret, little(5).put(OPEN).putInt(number).array(), nonce, name);
    }

    private static byte[] acceptingProof(
            byte[] secret, int number, int server, byte[] theirs, byte[] ours) {
        return secret.length == 0
                ? new byte[16]
                : Seal.proof(
                        secret,
                        little(9).put(ACCEPT).putInt(number).putInt(server).array(),
                        ours,
                        theirs);
    }

    Opening begin(
            InetSocketAddress server,
            byte[] name,
            byte[] secret,
            CompletableFuture<DatagramStream> answer) {
        while (true) {
            Opening opening = new Opening(number(), server, name, secret, answer);
            if (openings.putIfAbsent(opening.number, opening) == null) {
                return opening;
            }
        }
    }

    private static int number() {
        return ByteBuffer.wrap(DatagramEndpoint.random(4)).getInt();
    }

    void forget(Opening opening) {
        openings.remove(opening.number);
    }

    /** Sends what is not answered yet; gives when to ask again. */
    long turn(long nowNs, DatagramChannel channel) throws IOException {
        long due = nowNs + Duration.ofSeconds(1).toNanos();
        for (Opening opening : openings.values()) {
            if (opening.nextNs == Long.MIN_VALUE || nowNs - opening.nextNs >= 0) {
                channel.send(opening.packet(), opening.server);
                opening.nextNs = nowNs + AGAIN_NS;
            }
            due = Math.min(due, opening.nextNs);
        }
        return due;
    }

    /** Takes a packet that begins a stream, or says how one began; gives what to answer. */
    @Nullable ByteBuffer hear(ByteBuffer packet, SocketAddress from) {
        byte kind = packet.get();
        int number = packet.getInt();
        if (kind == OPEN) {
            return opened == null || packet.remaining() < OPEN_BYTES_MIN - 5
                    ? null
                    : hearOpen(number, packet, from);
        }
        Opening opening = openings.get(number);
        if (opening == null || !opening.server.equals(from)) {
            return null;
        }
        if (kind == COOKIE && packet.remaining() == 16) {
            byte[] cookie = new byte[16];
            packet.get(cookie);
            opening.cookie = cookie;
            return opening.packet();
        } else if (kind == ACCEPT && packet.remaining() == 4 + 16 + 16) {
            hearAccept(opening, packet);
        } else if (kind == REFUSED && packet.remaining() == 1) {
            opening.answer.completeExceptionally(refused(opening, packet.get()));
        }
        return null;
    }

    private static RowhouseException refused(Opening opening, byte why) {
        return switch (why) {
            case 1 ->
                    new RowhouseException(
                            ErrorCode.INVALID_ARGUMENT,
                            "The server at %s speaks another version of this protocol than %d."
                                    .formatted(opening.server, VERSION));
            case 2 ->
                    new RowhouseException(
                            ErrorCode.OVERLOADED,
                            "The server at %s has as many streams as it takes."
                                    .formatted(opening.server));
            default ->
                    new RowhouseException(
                            ErrorCode.UNAUTHORIZED,
                            "The server at %s knows no '%s' with this secret."
                                    .formatted(
                                            opening.server,
                                            new String(opening.name, StandardCharsets.UTF_8)));
        };
    }

    private void hearAccept(Opening opening, ByteBuffer packet) {
        int server = packet.getInt();
        byte[] nonce = new byte[16];
        byte[] proof = new byte[16];
        packet.get(nonce).get(proof);
        byte[] right = acceptingProof(opening.secret, opening.number, server, nonce, opening.nonce);
        if (!Seal.same(proof, right) || openings.remove(opening.number) == null) {
            return; // forged: the right one may still come
        }
        Seal seal =
                opening.secret.length == 0
                        ? null
                        : Seal.of(opening.secret, opening.nonce, nonce, true);
        opening.answer.complete(
                adding.add(
                        opening.number,
                        opening.server,
                        server,
                        new String(opening.name, StandardCharsets.UTF_8),
                        seal));
    }

    private @Nullable ByteBuffer hearOpen(int number, ByteBuffer packet, SocketAddress from) {
        if (packet.getInt() != MAGIC) {
            return null;
        }
        if (packet.get() != VERSION) {
            return refusal(number, 1);
        }
        byte[] nonce = new byte[16];
        byte[] cookie = new byte[16];
        byte[] proof = new byte[16];
        packet.get(nonce).get(cookie).get(proof);
        String name = PacketBody.name(packet);
        if (name == null) {
            return null;
        }
        Client client = new Client(from, number, HexFormat.of().formatHex(nonce));
        byte[] known = answers.get(client);
        if (known != null) {
            return ByteBuffer.wrap(known);
        }
        long minute = System.nanoTime() / MINUTE_NS;
        if (!Seal.same(cookie, cookie(client, minute))
                && !Seal.same(cookie, cookie(client, minute - 1))) {
            return little(21).put(COOKIE).putInt(number).put(cookie(client, minute)).flip();
        }
        byte[] secret = secrets.apply(name);
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (secret == null || !Seal.same(proof, openingProof(secret, number, nonce, bytes))) {
            return refusal(number, 3);
        }
        if (streams.getAsInt() >= DatagramBounds.STREAMS_MAX) {
            return refusal(number, 2);
        }
        return accept(client, name, secret);
    }

    private static ByteBuffer refusal(int number, int why) {
        return little(6).put(REFUSED).putInt(number).put((byte) why).flip();
    }

    private ByteBuffer accept(Client client, String name, byte[] secret) {
        int server = number();
        byte[] nonce = DatagramEndpoint.random(16);
        byte[] theirs = HexFormat.of().parseHex(client.nonce);
        byte[] bytes = new byte[1 + 4 + 4 + 16 + 16];
        ByteBuffer answer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        answer.put(ACCEPT).putInt(client.number).putInt(server).put(nonce);
        answer.put(acceptingProof(secret, client.number, server, nonce, theirs));
        answers.put(client, bytes);
        Seal seal = secret.length == 0 ? null : Seal.of(secret, theirs, nonce, false);
        DatagramStream stream = adding.add(server, client.address, client.number, name, seal);
        Consumer<DatagramStream> taker = opened;
        if (taker != null) {
            Thread.ofVirtual().name("rowhouse-datagrams-" + name).start(() -> taker.accept(stream));
        }
        return answer.flip();
    }

    private byte[] cookie(Client client, long minute) {
        byte[] address = client.address.toString().getBytes(StandardCharsets.UTF_8);
        byte[] rest = little(12).putInt(client.number).putLong(minute).array();
        byte[] nonce = HexFormat.of().parseHex(client.nonce);
        return Seal.proof(ownSecret, address, nonce, rest);
    }
}
