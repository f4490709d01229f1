package org.rowhouse.trust;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Makes keys, certificates (RFC 5280), requests for them (RFC 2986) and lists of revoked ones. Keys
 * and signatures are the JDK's; only the encoding is Bouncy Castle's. All keys lie on P-256.
 */
final class Issuing {
    private static final String SIGNATURE = "SHA256withECDSA";
    private static final int FIELD_BITS = 256;
    private static final int SERIAL_BITS = 126;
    private static final Pattern ADDRESS_V4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final SecureRandom RANDOM = new SecureRandom();

    private Issuing() {}

    static KeyPair newKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has P-256", e);
        }
    }

    /** A new authority's own certificate, which may sign those of nodes and nothing else. */
    static X509Certificate authority(KeyPair key, Clock clock) {
        BigInteger serial = serial();
        X500Principal name =
                new X500Principal("CN=Rowhouse cluster " + serial.toString(16).substring(0, 8));
        try {
            JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
            X509v3CertificateBuilder builder =
                    builder(name, name, key.getPublic(), TrustBounds.AUTHORITY_LIFE, clock, serial)
                            .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
                            .addExtension(
                                    Extension.keyUsage,
                                    true,
                                    new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
                            .addExtension(
                                    Extension.subjectKeyIdentifier,
                                    false,
                                    extensions.createSubjectKeyIdentifier(key.getPublic()));
            return sign(builder, key.getPrivate());
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("the authority's certificate cannot be made", e);
        }
    }

    /**
     * A node's certificate.
     *
     * @param addresses where it may answer; without any it may only ask
     */
    static X509Certificate node(
            Authority authority, PublicKey key, String role, List<String> addresses, Clock clock) {
        try {
            JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
            X509v3CertificateBuilder builder =
                    builder(
                                    authority.certificate().getSubjectX500Principal(),
                                    new X500Principal("CN=" + role),
                                    key,
                                    TrustBounds.CERTIFICATE_LIFE,
                                    clock,
                                    serial())
                            .addExtension(
                                    Extension.basicConstraints, true, new BasicConstraints(false))
                            .addExtension(
                                    Extension.keyUsage,
                                    true,
                                    new KeyUsage(KeyUsage.digitalSignature))
                            .addExtension(Extension.extendedKeyUsage, false, usage(addresses))
                            .addExtension(
                                    Extension.authorityKeyIdentifier,
                                    false,
                                    extensions.createAuthorityKeyIdentifier(
                                            authority.certificate().getPublicKey()));
            if (!addresses.isEmpty()) {
                builder.addExtension(Extension.subjectAlternativeName, false, names(addresses));
            }
            return sign(builder, authority.key());
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("a certificate cannot be made", e);
        }
    }

    private static ExtendedKeyUsage usage(List<String> addresses) {
        return addresses.isEmpty()
                ? new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth)
                : new ExtendedKeyUsage(
                        new KeyPurposeId[] {
                            KeyPurposeId.id_kp_clientAuth, KeyPurposeId.id_kp_serverAuth
                        });
    }

    private static GeneralNames names(List<String> addresses) {
        List<GeneralName> names = new ArrayList<>();
        for (String address : addresses) {
            boolean literal = address.contains(":") || ADDRESS_V4.matcher(address).matches();
            names.add(
                    new GeneralName(
                            literal ? GeneralName.iPAddress : GeneralName.dNSName, address));
        }
        return new GeneralNames(names.toArray(GeneralName[]::new));
    }

    /** The list of revoked certificates. It never expires: a node without news goes on with it. */
    static X509CRL revoked(Authority authority, Map<BigInteger, Instant> serials, Clock clock) {
        Instant now = clock.instant();
        try {
            JcaX509v2CRLBuilder builder =
                    new JcaX509v2CRLBuilder(
                            authority.certificate().getSubjectX500Principal(),
                            Date.from(now.minus(TrustBounds.CLOCK_SKEW)));
            serials.forEach((serial, since) ->
                    builder.addCRLEntry(serial, Date.from(since), CRLReason.unspecified));
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils()
                            .createAuthorityKeyIdentifier(authority.certificate().getPublicKey()));
            builder.addExtension(
                    Extension.cRLNumber,
                    false,
                    new CRLNumber(BigInteger.valueOf(now.toEpochMilli())));
            return new JcaX509CRLConverter().getCRL(builder.build(signer(authority.key())));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("the list of revoked certificates cannot be made", e);
        }
    }

    /** A request for a certificate, PEM: it proves that whoever asks has the key. */
    static String request(KeyPair key, String role) {
        try {
            return Pem.of(
                    "CERTIFICATE REQUEST",
                    new JcaPKCS10CertificationRequestBuilder(
                                    new X500Principal("CN=" + role), key.getPublic())
                            .build(signer(key.getPrivate()))
                            .getEncoded());
        } catch (IOException e) {
            throw new IllegalStateException("a request cannot be made", e);
        }
    }

    /**
     * The key that a request asks a certificate for. Nothing else of it counts.
     *
     * @throws RowhouseException INVALID_ARGUMENT if it is no request, is not signed by its own key,
     *     or has another kind of key
     */
    static PublicKey requested(String pem) {
        if (pem.length() > TrustBounds.REQUEST_LENGTH_MAX) {
            throw invalid("is longer than " + TrustBounds.REQUEST_LENGTH_MAX, null);
        }
        try {
            JcaPKCS10CertificationRequest request =
                    new JcaPKCS10CertificationRequest(Pem.bytes("CERTIFICATE REQUEST", pem));
            PublicKey key = request.getPublicKey();
            if (!(key instanceof ECPublicKey ec)
                    || ec.getParams().getCurve().getField().getFieldSize() != FIELD_BITS) {
                throw invalid("has a key that does not lie on P-256", null);
            }
            if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
                throw invalid("is not signed by its own key", null);
            }
            return key;
        } catch (IOException
                | GeneralSecurityException
                | OperatorCreationException
                | PKCSException
                | IllegalArgumentException e) {
            throw invalid("cannot be read", e);
        }
    }

    private static RowhouseException invalid(
            String what, @org.jspecify.annotations.Nullable Exception cause) {
        return new RowhouseException(
                ErrorCode.INVALID_ARGUMENT, "The request for a certificate " + what + ".", cause);
    }

    private static X509v3CertificateBuilder builder(
            X500Principal issuer,
            X500Principal subject,
            PublicKey key,
            Duration life,
            Clock clock,
            BigInteger serial) {
        Instant now = clock.instant();
        return new JcaX509v3CertificateBuilder(
                X500Name.getInstance(issuer.getEncoded()),
                serial,
                Date.from(now.minus(TrustBounds.CLOCK_SKEW)),
                Date.from(now.plus(life)),
                X500Name.getInstance(subject.getEncoded()),
                key);
    }

    /** Random, so that nobody can foretell what will be signed. */
    private static BigInteger serial() {
        return new BigInteger(SERIAL_BITS, RANDOM).setBit(SERIAL_BITS);
    }

    private static ContentSigner signer(PrivateKey key) {
        try {
            return new JcaContentSignerBuilder(SIGNATURE).build(key);
        } catch (OperatorCreationException e) {
            throw new IllegalStateException("every JDK has " + SIGNATURE, e);
        }
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
            throws GeneralSecurityException {
        return new JcaX509CertificateConverter().getCertificate(builder.build(signer(key)));
    }
}
