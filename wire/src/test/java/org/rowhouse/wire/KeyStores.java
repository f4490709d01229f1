package org.rowhouse.wire;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Keys and certificates for tests, made by the JDK's keytool. */
final class KeyStores {
    private static final char[] PASSWORD = "password".toCharArray();

    private KeyStores() {}

    /** A key with a certificate for this machine, which signs itself. */
    static KeyStore make(String name) throws Exception {
        Path folder = Files.createTempDirectory("keys");
        Path file = folder.resolve("keys.p12");
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-alias",
                                "own",
                                "-keyalg",
                                "EC",
                                "-dname",
                                "CN=" + name,
                                "-ext",
                                "san=ip:127.0.0.1",
                                "-keystore",
                                file.toString(),
                                "-storepass",
                                new String(PASSWORD))
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        if (process.waitFor() != 0) {
            throw new IllegalStateException("keytool failed");
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream input = Files.newInputStream(file)) {
            store.load(input, PASSWORD);
        }
        Files.delete(file);
        Files.delete(folder);
        return store;
    }

    /** TLS that shows the key of one, or none, and trusts the certificate of another. */
    static SSLContext context(KeyStore own, KeyStore trusted) throws Exception {
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        if (own != null) {
            keys.init(own, PASSWORD);
        }
        KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        trust.setCertificateEntry("peer", trusted.getCertificate("own"));
        TrustManagerFactory trusting =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusting.init(trust);
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(own == null ? null : keys.getKeyManagers(), trusting.getTrustManagers(), null);
        return context;
    }
}
