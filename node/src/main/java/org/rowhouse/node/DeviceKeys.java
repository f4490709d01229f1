package org.rowhouse.node;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Audit;
import org.rowhouse.accounts.Caller;
import org.rowhouse.accounts.Devices;
import org.rowhouse.accounts.Devices.Device;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.Gate;

/**
 * The tokens of devices as this node's doors know them: a copy of the table {@code device}, so that
 * a connection costs no statement and begins without the database too.
 *
 * <p>The copy is renewed when the cluster's signal tells of a change, and each {@link
 * NodeBounds#DEVICES_LOOK} for signals that were lost. Whose token has ended is hung up on at once,
 * and again with each look within {@link NodeBounds#DEVICES_BEGINNING}: a connection may have been
 * beginning meanwhile. Thread: one of its own; safe for all.
 */
final class DeviceKeys implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(DeviceKeys.class.getName());
    private static final int NAME_LENGTH_MAX = 128;

    private final Devices devices;
    private final Audit audit;
    private final Map<String, Device> known = new ConcurrentHashMap<>();
    private final Map<String, Long> endedNs = new ConcurrentHashMap<>();
    private final Semaphore signals = new Semaphore(0);
    private final Semaphore noting = new Semaphore(NodeBounds.DEVICE_REFUSALS_MAX);
    private @Nullable Thread thread;
    private long change;

    /**
     * Reads all there are.
     *
     * @throws RowhouseException if the database is away
     */
    DeviceKeys(Devices devices, Audit audit) {
        this.devices = devices;
        this.audit = audit;
        look();
    }

    /**
     * Begins to follow changes; once.
     *
     * @param hangUp ends the connections of a device of this name
     */
    void follow(Consumer<String> hangUp) {
        thread = Thread.ofVirtual().name("device-keys").start(() -> renewForEver(hangUp));
    }

    /** Whether a device may have this name. */
    static boolean isName(String device) {
        return !device.isEmpty()
                && device.length() <= NAME_LENGTH_MAX
                && device.chars().noneMatch(Character::isISOControl);
    }

    /** Devices have changed; never blocks. */
    void signal() {
        signals.release();
    }

    /**
     * The SHA-256 of a device's token, also of one that is revoked; null if there is no such
     * device.
     */
    byte @Nullable [] key(String device) {
        Device one = known.get(device);
        return one == null ? null : one.key().clone();
    }

    /** Why a device that has shown its token is refused; null if it is not. */
    @Nullable String refusal(String device) {
        Device one = known.get(device);
        Instant revokedAt = one == null ? null : one.revokedAt();
        return revokedAt == null
                ? null
                : "The token of the device '" + device + "' was revoked at " + revokedAt + ".";
    }

    /** Whether a token is, or was, that of this device. Takes the same time either way. */
    boolean isOf(String device, byte[] shown) {
        byte[] key = key(device);
        byte[] other = Gate.keyOf(new String(shown, StandardCharsets.UTF_8));
        return MessageDigest.isEqual(key == null ? new byte[other.length] : key, other);
    }

    /**
     * Writes a row of the audit about a device that was refused; never blocks. While many are
     * refused at once some leave no row.
     */
    void noteRefused(String door, String device, String address, String why) {
        if (!noting.tryAcquire()) {
            return;
        }
        Audit.Action action =
                new Audit.Action(
                        Caller.nobody(device, address),
                        "connect_device",
                        "device",
                        List.of(device));
        Thread.ofVirtual()
                .name("device-refused")
                .start(() -> {
                    try {
                        audit.refused(action, "By " + door + ": " + why);
                    } finally {
                        noting.release();
                    }
                });
    }

    private void renewForEver(Consumer<String> hangUp) {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                var _ =
                        signals.tryAcquire(
                                NodeBounds.DEVICES_LOOK.toMillis(), TimeUnit.MILLISECONDS);
                signals.drainPermits();
                look();
                hangUp(hangUp);
            } catch (InterruptedException e) {
                return;
            } catch (RowhouseException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "changes of devices cannot be read: {0}",
                        e.getMessage());
            }
        }
    }

    private void look() {
        List<Device> changed;
        do {
            changed = devices.changedAfter(change);
            for (Device one : changed) {
                Device before = known.put(one.name(), one);
                if (before != null && before.revokedAt() == null) {
                    endedNs.put(one.name(), System.nanoTime());
                }
                change = one.change();
            }
        } while (!changed.isEmpty());
    }

    private void hangUp(Consumer<String> hangUp) {
        long nowNs = System.nanoTime();
        endedNs.forEach((name, atNs) -> {
            hangUp.accept(name);
            if (nowNs - atNs > NodeBounds.DEVICES_BEGINNING.toNanos()) {
                endedNs.remove(name, atNs);
            }
        });
    }

    @Override
    public void close() {
        if (thread != null) {
            thread.interrupt();
        }
    }
}
