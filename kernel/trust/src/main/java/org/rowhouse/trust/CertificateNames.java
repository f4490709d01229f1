package org.rowhouse.trust;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** The hosts and addresses that certificates are made for. */
final class CertificateNames {
    private static final int NAME_DNS = 2;
    private static final int NAME_IP = 7;
    private static final Pattern FORM =
            Pattern.compile(
                    "[0-9a-f:]*:[0-9a-f:.]*|[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
                            + "(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*");
    private static final Pattern OWN_MACHINE =
            Pattern.compile("127\\.0\\.0\\.1|localhost(\\..*)?|::1|0\\.0\\.0\\.0|::");

    private CertificateNames() {}

    /** Those that stand in a certificate. */
    static List<String> of(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        try {
            Collection<List<?>> all = certificate.getSubjectAlternativeNames();
            for (List<?> name : all == null ? List.<List<?>>of() : all) {
                if (name.getFirst() instanceof Integer kind
                        && (kind == NAME_DNS || kind == NAME_IP)) {
                    names.add(canonical(String.valueOf(name.get(1))));
                }
            }
            return names;
        } catch (CertificateParsingException e) {
            return List.of();
        }
    }

    /** Those of a node that listens at {@code host}; for all addresses, the machine's. */
    static List<String> listeningAt(String host) {
        Set<String> names = new LinkedHashSet<>();
        try {
            InetAddress address = InetAddress.getByName(host);
            if (address.isAnyLocalAddress()) {
                names.add(InetAddress.getLocalHost().getHostName());
                NetworkInterface.networkInterfaces()
                        .flatMap(NetworkInterface::inetAddresses)
                        .filter(one -> !one.isLoopbackAddress() && !one.isLinkLocalAddress())
                        .forEach(one -> names.add(one.getHostAddress()));
            } else {
                names.add(host);
                names.add(address.getHostAddress());
            }
        } catch (UnknownHostException | SocketException e) {
            names.add(host);
        }
        return names.stream()
                .map(CertificateNames::canonical)
                .filter(name -> !OWN_MACHINE.matcher(name).matches())
                .distinct()
                .limit(TrustBounds.ADDRESSES_MAX)
                .toList();
    }

    private static String canonical(String name) {
        String plain = name.replaceFirst("%.*", "").toLowerCase(Locale.ROOT);
        try {
            return plain.contains(":") ? InetAddress.getByName(plain).getHostAddress() : plain;
        } catch (UnknownHostException e) {
            return plain;
        }
    }

    /**
     * Checks what another machine asks for.
     *
     * @throws RowhouseException INVALID_ARGUMENT
     */
    static List<String> checked(List<String> asked) {
        if (asked.size() > TrustBounds.ADDRESSES_MAX) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "A certificate is for at most " + TrustBounds.ADDRESSES_MAX + " addresses.");
        }
        for (String one : asked) {
            if (one == null
                    || one.length() > TrustBounds.ADDRESS_LENGTH_MAX
                    || !FORM.matcher(one).matches()
                    || OWN_MACHINE.matcher(one).matches()) {
                throw new RowhouseException(
                        ErrorCode.INVALID_ARGUMENT,
                        "A certificate cannot be for an address such as one of those asked for:"
                                + " give names and addresses that other machines can reach.");
            }
        }
        return asked.stream().map(CertificateNames::canonical).distinct().toList();
    }
}
