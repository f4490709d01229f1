package org.rowhouse.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** A key and its certificate, which both sides of a contest show and trust. */
final class WireCertificates {
    private static final String PASSWORD = "benchmark";

    private final KeyStore store;

    private WireCertificates(KeyStore store) {
        this.store = store;
    }

    /** Those in a folder; made by the JDK's keytool if there are none. */
    static WireCertificates in(Path folder) {
        Path file = folder.resolve("keys.p12");
        try {
            if (!Files.exists(file)) {
                make(file);
            }
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream input = Files.newInputStream(file)) {
                store.load(input, PASSWORD.toCharArray());
            }
            return new WireCertificates(store);
        } catch (IOException | GeneralSecurityException failure) {
            throw failed(failure);
        }
    }

    private static void make(Path file) throws IOException {
        String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        Process process =
                new ProcessBuilder(
                                keytool,
                                "-genkeypair",
                                "-alias",
                                "benchmark",
                                "-keyalg",
                                "EC",
                                "-groupname",
                                "secp256r1",
                                "-dname",
                                "CN=benchmark",
                                "-ext",
                                "san=ip:127.0.0.1,dns:localhost",
                                "-validity",
                                "2",
                                "-storetype",
                                "PKCS12",
                                "-keystore",
                                file.toString(),
                                "-storepass",
                                PASSWORD)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            if (process.waitFor() != 0) {
                throw new IOException("keytool ended with code " + process.exitValue());
            }
        } catch (InterruptedException interrupted) {
            process.destroy();
            throw Nodes.interrupted();
        }
    }

    KeyManager[] keys() {
        try {
            KeyManagerFactory factory =
                    KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, PASSWORD.toCharArray());
            return factory.getKeyManagers();
        } catch (GeneralSecurityException failure) {
            throw failed(failure);
        }
    }

    TrustManager[] trust() {
        try {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("benchmark", store.getCertificate("benchmark"));
            TrustManagerFactory factory =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted);
            return factory.getTrustManagers();
        } catch (IOException | GeneralSecurityException failure) {
            throw failed(failure);
        }
    }

    SSLContext context() {
        try {
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            context.init(keys(), trust(), null);
            return context;
        } catch (GeneralSecurityException failure) {
            throw failed(failure);
        }
    }

    private static RowhouseException failed(Exception failure) {
        return new RowhouseException(
                ErrorCode.FUNCTION_FAILED,
                "The benchmark's certificates cannot be made: " + failure.getMessage(),
                failure);
    }
}
