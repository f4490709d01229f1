package org.rowhouse.wire;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.concurrent.locks.LockSupport;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * The beginning of a connection: versions, limits, and who is there.
 *
 * <p>A token never travels: both sides prove that they know it over random bytes of both, so what
 * someone has recorded is of no use on another connection. Runs on the thread that opens or accepts
 * the connection; all of it within {@link WireBounds#BEGINNING_PATIENCE}.
 */
final class Handshake {
    static final int VERSION = 1;
    private static final int MAGIC = 'R' | 'W' << 8 | 'H' << 16 | 'S' << 24;
    private static final int NONCE_BYTES = 32;
    private static final int PROOF_BY_TOKEN = 1;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Transport transport;
    private final FrameInput input;
    private final long endNs;

    private int kind;
    private ByteBuffer body = ByteBuffer.allocate(0);

    private Handshake(Transport transport, FrameInput input) {
        this.transport = transport;
        this.input = input;
        this.endNs = System.nanoTime() + WireBounds.BEGINNING_PATIENCE.toNanos();
    }

    /**
     * What both sides agreed on.
     *
     * @param peer who the other one is
     * @param limits what the other one takes
     */
    record Agreed(String peer, Limits limits) {}

    /**
     * Begins as the client.
     *
     * @throws RowhouseException what the server refused with; UNAUTHORIZED if it cannot prove that
     *     it knows the token
     */
    static Agreed client(Transport transport, FrameInput input, Credentials credentials)
            throws IOException {
        return new Handshake(transport, input).asClient(credentials);
    }

    /**
     * Begins as the server; a client that is refused has been told why.
     *
     * @throws RowhouseException if the client was refused
     */
    static Agreed server(Transport transport, FrameInput input, Gate gate, String name)
            throws IOException {
        Handshake handshake = new Handshake(transport, input);
        try {
            return handshake.asServer(gate, name);
        } catch (ProtocolError | BufferUnderflowException wrong) {
            String reason =
                    wrong instanceof ProtocolError
                            ? String.valueOf(wrong.getMessage())
                            : "A frame of the beginning is too short.";
            handshake.refuse(ErrorCode.INVALID_ARGUMENT, reason);
            throw new RowhouseException(ErrorCode.INVALID_ARGUMENT, reason, wrong);
        } catch (RowhouseException refused) {
            handshake.refuse(refused.code(), String.valueOf(refused.getMessage()));
            throw refused;
        }
    }

    private Agreed asClient(Credentials credentials) throws IOException {
        byte[] nonce = random();
        byte[] name = credentials.name().getBytes(StandardCharsets.UTF_8);
        String token = credentials.token();
        ByteBuffer hello = buffer(64 + name.length + NONCE_BYTES);
        hello.putInt(MAGIC).putShort((short) VERSION).putShort((short) VERSION);
        Limits.OWN.write(hello);
        hello.put((byte) name.length).put(name).put((byte) (token == null ? 0 : PROOF_BY_TOKEN));
        if (token != null) {
            hello.put(nonce);
        }
        send(Frame.HELLO, hello.flip());
        byte[] key = token == null ? null : Gate.keyOf(token);
        byte[] challenge = key == null ? new byte[0] : answerChallenge(key, nonce, name);
        await(Frame.WELCOME);
        try {
            int version = Short.toUnsignedInt(body.getShort());
            if (version != VERSION) {
                throw new ProtocolError("The server chose version " + version + ".");
            }
            Limits limits = Limits.read(body);
            String server = shortText();
            checkServer(key, nonce, challenge);
            String shown = transport.shown();
            return new Agreed(shown.isEmpty() ? server : shown, limits);
        } catch (BufferUnderflowException tooShort) {
            throw new ProtocolError("The server's welcome is too short.");
        }
    }

    private byte[] answerChallenge(byte[] key, byte[] nonce, byte[] name) throws IOException {
        await(Frame.CHALLENGE);
        if (body.remaining() != NONCE_BYTES) {
            throw new ProtocolError("The server's challenge has a wrong length.");
        }
        byte[] challenge = new byte[NONCE_BYTES];
        body.get(challenge);
        send(Frame.PROOF, ByteBuffer.wrap(proof(key, "rowhouse client", nonce, challenge, name)));
        return challenge;
    }

    private void checkServer(byte @Nullable [] key, byte[] nonce, byte[] challenge) {
        if (key == null) {
            return;
        }
        byte[] shown = new byte[NONCE_BYTES];
        if (body.get() != 1 || body.remaining() != NONCE_BYTES) {
            throw new RowhouseException(ErrorCode.UNAUTHORIZED, notProven());
        }
        body.get(shown);
        byte[] wanted = proof(key, "rowhouse server", nonce, challenge, new byte[0]);
        if (!MessageDigest.isEqual(shown, wanted)) {
            throw new RowhouseException(ErrorCode.UNAUTHORIZED, notProven());
        }
    }

    private String notProven() {
        return "What listens at "
                + transport.where()
                + " does not know the token: it is not the node it should be.";
    }

    private Agreed asServer(Gate gate, String ownName) throws IOException {
        await(Frame.HELLO);
        if (body.remaining() < 8 || body.getInt() != MAGIC) {
            throw new ProtocolError("This is not the protocol of Rowhouse.");
        }
        int lowest = Short.toUnsignedInt(body.getShort());
        int highest = Short.toUnsignedInt(body.getShort());
        if (lowest > VERSION || highest < VERSION) {
            throw new ProtocolError(
                    "The client speaks versions %d to %d of the protocol, this node speaks %d."
                            .formatted(lowest, highest, VERSION));
        }
        Limits limits = Limits.read(body);
        String name = shortText();
        boolean byToken = body.get() == PROOF_BY_TOKEN;
        byte[] nonce = new byte[byToken ? NONCE_BYTES : 0];
        body.get(nonce);
        byte[] proof = null;
        String peer;
        try {
            if (byToken) {
                proof = challenge(gate, name, nonce);
                peer = name;
            } else {
                peer = admitted(gate, name);
            }
            String why = gate.refusal(peer);
            if (why != null) {
                throw new RowhouseException(ErrorCode.UNAUTHORIZED, why);
            }
        } catch (RowhouseException refused) {
            gate.refused(name, transport.where(), String.valueOf(refused.getMessage()));
            throw refused;
        }
        send(Frame.WELCOME, welcome(ownName, proof));
        return new Agreed(peer, limits);
    }

    private String admitted(Gate gate, String name) {
        String shown = transport.shown();
        String peer = shown.isEmpty() ? null : gate.admit(shown, name);
        if (peer == null) {
            throw new RowhouseException(
                    ErrorCode.UNAUTHORIZED,
                    shown.isEmpty()
                            ? "Show a token or a certificate to connect to this node."
                            : "'" + shown + "' may not connect to this node.");
        }
        return peer;
    }

    /** Lets the client prove itself; gives the server's own proof. */
    private byte[] challenge(Gate gate, String name, byte[] nonce) throws IOException {
        byte[] challenge = random();
        send(Frame.CHALLENGE, ByteBuffer.wrap(challenge));
        await(Frame.PROOF);
        byte[] shown = new byte[body.remaining()];
        body.get(shown);
        byte[] known = gate.key(name);
        // An unknown name takes the same way, so that names cannot be found out by the time.
        byte[] key = known == null ? random() : known;
        byte[] wanted =
                proof(
                        key,
                        "rowhouse client",
                        nonce,
                        challenge,
                        name.getBytes(StandardCharsets.UTF_8));
        if (!MessageDigest.isEqual(shown, wanted)) {
            throw new RowhouseException(ErrorCode.UNAUTHORIZED, "The name or the token is wrong.");
        }
        return proof(key, "rowhouse server", nonce, challenge, new byte[0]);
    }

    private static ByteBuffer welcome(String ownName, byte @Nullable [] proof) {
        byte[] name = ownName.getBytes(StandardCharsets.UTF_8);
        ByteBuffer welcome = buffer(64 + name.length + NONCE_BYTES);
        welcome.putShort((short) VERSION);
        Limits.OWN.write(welcome);
        welcome.put((byte) name.length).put(name).put((byte) (proof == null ? 0 : 1));
        if (proof != null) {
            welcome.put(proof);
        }
        return welcome.flip();
    }

    private void refuse(ErrorCode code, String reason) {
        byte[] text = Texts.cut(reason);
        ByteBuffer refused = buffer(2 + text.length);
        refused.putShort((short) code.number()).put(text);
        try {
            send(Frame.REFUSED, refused.flip());
        } catch (IOException gone) {
            // The client will not learn the reason; it has left.
        }
    }

    private String shortText() {
        byte[] text = new byte[Byte.toUnsignedInt(body.get())];
        body.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }

    /** Waits for one frame of this kind; REFUSED becomes the exception that it carries. */
    private void await(int wanted) throws IOException {
        kind = 0;
        while (!input.next(this::keep)) {
            if (input.fill(transport) < 0) {
                throw new IOException("The peer closed the connection while it began.");
            }
            if (input.next(this::keep)) {
                break;
            }
            long leftNs = endNs - System.nanoTime();
            if (leftNs <= 0) {
                throw new IOException(
                        "The peer did not begin within "
                                + WireBounds.BEGINNING_PATIENCE.toSeconds()
                                + " s.");
            }
            if (transport.rest()) {
                transport.await(leftNs);
            }
        }
        if (kind == Frame.REFUSED && body.remaining() >= 2) {
            throw Texts.error(body);
        }
        if (kind != wanted) {
            throw new ProtocolError(
                    "A frame of kind " + kind + " came while the connection began.");
        }
    }

    private void keep(
            int kind,
            int flags,
            int operation,
            int exchange,
            byte[] bytes,
            int at,
            int lengthBytes) {
        this.kind = kind;
        body = buffer(lengthBytes);
        body.put(bytes, at, lengthBytes).flip();
    }

    private void send(int kind, ByteBuffer body) throws IOException {
        ByteBuffer frame = buffer(Frame.HEADER_BYTES + body.remaining());
        frame.putInt(body.remaining()).putInt(kind).putInt(0).put(body).flip();
        while (frame.hasRemaining()) {
            if (transport.write(frame) == 0) {
                if (System.nanoTime() - endNs > 0) {
                    throw new IOException("The peer takes no bytes.");
                }
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    private static ByteBuffer buffer(int sizeBytes) {
        return ByteBuffer.allocate(sizeBytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] random() {
        byte[] bytes = new byte[NONCE_BYTES];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    private static byte[] proof(
            byte[] key, String label, byte[] nonce, byte[] challenge, byte[] name) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            mac.update(label.getBytes(StandardCharsets.UTF_8));
            mac.update(nonce);
            mac.update(challenge);
            return mac.doFinal(name);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
