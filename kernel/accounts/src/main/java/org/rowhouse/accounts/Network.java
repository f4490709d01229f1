package org.rowhouse.accounts;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** By which address the failures of a client are counted. */
final class Network {
    private static final int PREFIX_BYTES = 8;

    private Network() {}

    /**
     * The address itself; of IPv6 its first 64 bits, since whoever has one of those addresses has
     * them all.
     */
    static String of(String address) {
        if (address.indexOf(':') < 0) {
            return address;
        }
        int scope = address.indexOf('%');
        try {
            InetAddress parsed =
                    InetAddress.ofLiteral(scope < 0 ? address : address.substring(0, scope));
            if (!(parsed instanceof Inet6Address)) {
                return parsed.getHostAddress(); // an IPv4 address, written as IPv6
            }
            byte[] bytes = parsed.getAddress();
            Arrays.fill(bytes, PREFIX_BYTES, bytes.length, (byte) 0);
            return Inet6Address.getByAddress(null, bytes, -1).getHostAddress() + "/64";
        } catch (IllegalArgumentException | UnknownHostException e) {
            return address;
        }
    }
}
