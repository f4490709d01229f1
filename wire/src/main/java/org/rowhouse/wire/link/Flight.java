package org.rowhouse.wire.link;

import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** Datagrams on their way in one direction, delivered by one thread when each is due. */
final class Flight<T> implements AutoCloseable {
    private record Parcel<T>(long dueNs, long order, int bytes, T what)
            implements Comparable<Parcel<T>> {
        @Override
        public int compareTo(Parcel<T> other) {
            int byTime = Long.signum(dueNs - other.dueNs);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final Consumer<T> arrive;
    private final PriorityQueue<Parcel<T>> parcels = new PriorityQueue<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long taken;
    private long flyingBytes;
    private boolean closed;

    /**
     * @param arrive takes what is due, on this flight's own thread
     */
    Flight(String name, Consumer<T> arrive) {
        this.arrive = arrive;
        Thread.ofPlatform().daemon().name(name).start(this::deliver);
    }

    /** False if too much is on its way. */
    boolean take(T what, int bytes, long dueNs) {
        lock.lock();
        try {
            if (closed
                    || parcels.size() >= LinkBounds.FLYING_MAX
                    || flyingBytes + bytes > LinkBounds.FLYING_BYTES_MAX) {
                return false;
            }
            Parcel<T> parcel = new Parcel<>(dueNs, taken++, bytes, what);
            parcels.add(parcel);
            flyingBytes += bytes;
            Parcel<T> first = parcels.peek();
            if (first != null && first.order == parcel.order) {
                changed.signal();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void deliver() {
        for (T due = next(); due != null; due = next()) {
            arrive.accept(due);
        }
    }

    private @org.jspecify.annotations.Nullable T next() {
        lock.lock();
        try {
            while (!closed) {
                Parcel<T> first = parcels.peek();
                if (first == null) {
                    changed.awaitUninterruptibly();
                    continue;
                }
                long leftNs = first.dueNs - System.nanoTime();
                if (leftNs <= 0) {
                    parcels.remove();
                    flyingBytes -= first.bytes;
                    return first.what;
                }
                changed.await(leftNs, TimeUnit.NANOSECONDS);
            }
            return null;
        } catch (InterruptedException e) {
            return null; // nobody interrupts this thread but the end of the process
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            parcels.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
