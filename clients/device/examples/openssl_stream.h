/*
 * A stream over TLS 1.3 for rowhouse_device.h, by OpenSSL 1.1.1 or newer. Other libraries differ in
 * the names of four calls.
 *
 * Give the authority's certificate, and the device's own certificate and key if it shows itself by
 * them instead of a token. Link with -lssl -lcrypto.
 */
#ifndef ROWHOUSE_OPENSSL_STREAM_H
#define ROWHOUSE_OPENSSL_STREAM_H

#include "rowhouse_device.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct {
    rh_stream tcp;
    SSL_CTX *settings;
    SSL *tls;
} rh_openssl;

static long rh_openssl_read(void *context, void *bytes, size_t most, int timeout_ms) {
    rh_openssl *its = context;
    uint8_t sealed[2048];
    for (;;) {
        int got = SSL_read(its->tls, bytes, (int)most);
        if (got > 0) {
            return got;
        }
        if (SSL_get_error(its->tls, got) != SSL_ERROR_WANT_READ) {
            return -1;
        }
        long more = its->tcp.read(its->tcp.context, sealed, sizeof sealed, timeout_ms);
        if (more <= 0) {
            return more;
        }
        BIO_write(SSL_get_rbio(its->tls), sealed, (int)more);
    }
}

static int rh_openssl_flush(rh_openssl *its) {
    uint8_t sealed[2048];
    for (int count = BIO_read(SSL_get_wbio(its->tls), sealed, sizeof sealed); count > 0;
         count = BIO_read(SSL_get_wbio(its->tls), sealed, sizeof sealed)) {
        if (its->tcp.write(its->tcp.context, sealed, (size_t)count) != 0) {
            return -1;
        }
    }
    return 0;
}

static int rh_openssl_write(void *context, const void *bytes, size_t count) {
    rh_openssl *its = context;
    return SSL_write(its->tls, bytes, (int)count) == (int)count ? rh_openssl_flush(its) : -1;
}

static void rh_openssl_close(void *context) {
    rh_openssl *its = context;
    SSL_shutdown(its->tls);
    rh_openssl_flush(its);
    SSL_free(its->tls);
    SSL_CTX_free(its->settings);
    its->tcp.close(its->tcp.context);
    free(its);
}

static int rh_openssl_begin(rh_openssl *its) {
    uint8_t sealed[2048];
    for (;;) {
        int done = SSL_connect(its->tls);
        int why = SSL_get_error(its->tls, done);
        if (rh_openssl_flush(its) != 0) {
            return RH_LOST;
        }
        if (done == 1) {
            return 0;
        }
        if (why != SSL_ERROR_WANT_READ) {
            return RH_REFUSED;
        }
        long more = its->tcp.read(its->tcp.context, sealed, sizeof sealed, 5000);
        if (more <= 0) {
            return RH_LOST;
        }
        BIO_write(SSL_get_rbio(its->tls), sealed, (int)more);
    }
}

/* TLS over a stream that is open; 0, RH_LOST, or RH_REFUSED if the peer is not who it should be. */
static int rh_openssl_over(rh_stream *stream, rh_stream tcp, const char *host,
                           const char *authority_file, const char *certificate_file,
                           const char *key_file) {
    rh_openssl *its = calloc(1, sizeof *its);
    if (its == NULL) {
        tcp.close(tcp.context);
        return RH_LOST;
    }
    its->tcp = tcp;
    its->settings = SSL_CTX_new(TLS_client_method());
    int set = SSL_CTX_set_min_proto_version(its->settings, TLS1_3_VERSION)
              && SSL_CTX_load_verify_locations(its->settings, authority_file, NULL)
              && (certificate_file == NULL
                  || (SSL_CTX_use_certificate_chain_file(its->settings, certificate_file)
                      && SSL_CTX_use_PrivateKey_file(its->settings, key_file,
                                                     SSL_FILETYPE_PEM)));
    its->tls = SSL_new(its->settings);
    SSL_set_verify(its->tls, SSL_VERIFY_PEER, NULL);
    X509_VERIFY_PARAM *expected = SSL_get0_param(its->tls);
    set = set && (X509_VERIFY_PARAM_set1_ip_asc(expected, host)
                  || X509_VERIFY_PARAM_set1_host(expected, host, 0));
    SSL_set_bio(its->tls, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    stream->context = its;
    stream->read = rh_openssl_read;
    stream->write = rh_openssl_write;
    stream->close = rh_openssl_close;
    int result = set ? rh_openssl_begin(its) : RH_REFUSED;
    if (result != 0) {
        rh_openssl_close(its);
    }
    return result;
}

#endif
