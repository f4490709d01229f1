package org.rowhouse.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * TLS over another transport, by the JDK's engine.
 *
 * <p>One thread unwraps while another wraps, which the engine allows. A request of the peer to
 * change keys is answered with the next bytes that are written, as the protocol permits (RFC 8446,
 * section 4.6.3).
 */
final class TlsTransport implements Transport {
    /** Type, version and length (RFC 8446, section 5.1). */
    private static final int RECORD_HEAD_BYTES = 5;

    private final Transport below;
    private final SSLEngine engine;
    private final ByteBuffer sealedIn;
    private final ByteBuffer plainIn;
    private final ByteBuffer sealedOut;
    private String shown = "";
    private boolean ended;

    /** Over a transport that has carried nothing yet; {@link #begin} comes first. */
    TlsTransport(Transport below, SSLEngine engine) {
        this.below = below;
        this.engine = engine;
        int sealed = engine.getSession().getPacketBufferSize();
        this.sealedIn = ByteBuffer.allocate(2 * sealed).flip();
        this.plainIn = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()).flip();
        this.sealedOut = ByteBuffer.allocate(4 * sealed).flip();
    }

    /** Agrees on keys with the peer; blocks until then, at most to the deadline. */
    void begin(long endNs) throws IOException {
        engine.beginHandshake();
        HandshakeStatus status = engine.getHandshakeStatus();
        while (status != HandshakeStatus.FINISHED && status != HandshakeStatus.NOT_HANDSHAKING) {
            if (System.nanoTime() - endNs > 0) {
                throw new IOException("The peer did not agree on keys in time.");
            }
            status =
                    switch (status) {
                        case NEED_TASK -> runTasks();
                        case NEED_WRAP -> wrapForHandshake(endNs);
                        default -> unwrapForHandshake(endNs);
                    };
        }
        shown = nameOfPeer();
    }

    private HandshakeStatus runTasks() {
        Runnable task = engine.getDelegatedTask();
        while (task != null) {
            task.run();
            task = engine.getDelegatedTask();
        }
        return engine.getHandshakeStatus();
    }

    private HandshakeStatus wrapForHandshake(long endNs) throws IOException {
        sealedOut.compact();
        SSLEngineResult result = engine.wrap(ByteBuffer.allocate(0), sealedOut);
        sealedOut.flip();
        while (!flush()) {
            if (System.nanoTime() - endNs > 0) {
                throw new IOException("The peer takes no bytes.");
            }
            java.util.concurrent.locks.LockSupport.parkNanos(100_000);
        }
        return result.getHandshakeStatus();
    }

    private HandshakeStatus unwrapForHandshake(long endNs) throws IOException {
        SSLEngineResult result = unwrap();
        if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
            throw new IOException("The peer ended while keys were agreed on.");
        }
        if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
            int read = readSealed();
            if (read < 0) {
                throw new IOException("The peer ended while keys were agreed on.");
            }
            if (read == 0 && below.rest()) {
                below.await(Math.max(0, endNs - System.nanoTime()));
            }
        }
        return result.getHandshakeStatus();
    }

    private String nameOfPeer() {
        try {
            Certificate[] chain = engine.getSession().getPeerCertificates();
            return chain[0] instanceof X509Certificate certificate
                    ? commonName(certificate.getSubjectX500Principal().getName())
                    : "";
        } catch (SSLPeerUnverifiedException showsNone) {
            return "";
        }
    }

    private static String commonName(String subject) {
        try {
            for (Rdn part : new LdapName(subject).getRdns()) {
                if (part.getType().equalsIgnoreCase("CN")) {
                    return String.valueOf(part.getValue());
                }
            }
        } catch (InvalidNameException unreadable) {
            return subject;
        }
        return subject;
    }

    /** One record from what has come; the plain bytes, if any, are ready in {@code plainIn}. */
    private SSLEngineResult unwrap() throws IOException {
        plainIn.clear();
        SSLEngineResult result = engine.unwrap(sealedIn, plainIn);
        plainIn.flip();
        if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK
                && engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK
                && !shown.isEmpty()) {
            runTasks();
        }
        return result;
    }

    private int readSealed() throws IOException {
        sealedIn.compact();
        try {
            return below.read(sealedIn);
        } finally {
            sealedIn.flip();
        }
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        int moved = 0;
        while (true) {
            int part = Math.min(plainIn.remaining(), into.remaining());
            if (part > 0) {
                into.put(into.position(), plainIn, plainIn.position(), part);
                into.position(into.position() + part);
                plainIn.position(plainIn.position() + part);
                moved += part;
            }
            if (!into.hasRemaining()) {
                return moved;
            }
            if (holdsRecord()) {
                switch (unwrap().getStatus()) {
                    case OK -> {
                        // It may hold no bytes of ours.
                    }
                    case CLOSED -> ended = true;
                    default -> throw new IOException("The peer sent what is no record of TLS.");
                }
            } else if (moved > 0) {
                return moved;
            } else {
                int read = ended ? -1 : readSealed();
                if (read <= 0) {
                    return read;
                }
            }
        }
    }

    @Override
    public boolean rest() {
        return !plainIn.hasRemaining() && !holdsRecord();
    }

    /**
     * Whether a whole record has come that was not opened: no more bytes may come to tell it. The
     * engine says the same, but is slower to ask, and a reader that looks for bytes asks all the
     * time. One that is too long to be a record is the engine's to refuse, at once.
     */
    private boolean holdsRecord() {
        int held = sealedIn.remaining();
        if (held < RECORD_HEAD_BYTES || ended) {
            return false;
        }
        int record =
                RECORD_HEAD_BYTES + Short.toUnsignedInt(sealedIn.getShort(sealedIn.position() + 3));
        return held >= record || record > sealedIn.capacity() / 2;
    }

    @Override
    public void await(long timeoutNs) throws IOException {
        below.await(timeoutNs);
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        if (!flush()) {
            return 0;
        }
        int before = from.remaining();
        int record = engine.getSession().getPacketBufferSize();
        sealedOut.clear();
        try {
            while (from.hasRemaining() && sealedOut.remaining() >= record) {
                SSLEngineResult result = engine.wrap(from, sealedOut);
                if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
                    throw new IOException("The peer has ended the TLS session.");
                }
            }
        } finally {
            sealedOut.flip();
        }
        flush();
        return before - from.remaining();
    }

    @Override
    public boolean flush() throws IOException {
        if (sealedOut.hasRemaining()) {
            below.write(sealedOut);
        }
        return !sealedOut.hasRemaining();
    }

    @Override
    public boolean cheap() {
        return false;
    }

    @Override
    public boolean disturbs() {
        return true;
    }

    @Override
    public boolean holdsThread() {
        return false;
    }

    @Override
    public String shown() {
        return shown;
    }

    @Override
    public String where() {
        return below.where();
    }

    @Override
    public void close() {
        // Without a farewell of TLS: BYE has been said, and frames tell whether they are whole.
        below.close();
    }
}
