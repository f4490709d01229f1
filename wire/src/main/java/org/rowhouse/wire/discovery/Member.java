package org.rowhouse.wire.discovery;

import java.util.List;

/**
 * One endpoint that others may want to find.
 *
 * @param name unlike that of any other
 * @param address where it is, as {@code host:port}; empty if only its seed can reach it
 * @param offers what it is good for: names of functions, regions, roles
 */
public record Member(String name, String address, List<String> offers) {
    public Member {
        offers = List.copyOf(offers);
    }
}
