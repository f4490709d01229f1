/* See rowhouse_device.h. One file, C99 and POSIX sockets; no allocation, no globals. */
#define _POSIX_C_SOURCE 200809L
#include "rowhouse_device.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum {
    HELLO = 1, CHALLENGE, PROOF, WELCOME, REFUSED, DECLARE, DECLARED, CALL, REPLY, FAILURE, CANCEL,
    ITEM, END, CREDIT, PING, PONG, BYE
};
enum { MORE = 1, DEADLINE = 2, TRACE = 4, IDEMPOTENT = 8, EXCHANGE = 16 };
enum {
    HEADER = 12,
    OPTIONS_MAX = 64,         /* of a call: 33 bytes in version 1 */
    DEPTH_MAX = 32,           /* types within each other that a schema may have */
    BEGIN_MS = 5000,
    PING_MS = 10000,
    SILENCE_MS = 30000,
    DIGEST = 32,
    TURNS = 64,
    ITEM_COST = 16,           /* what a frame of an item takes of the credit beside its body */
    ITEM_HEADER = 8,          /* before each item that waits: its length, and its credit */
    LIMIT_LEAST = 1024        /* what each side takes at least */
};
enum { OPEN, READ, WRITE, COMPARE_AND_SET, FETCH_ADD, CLOSE, VERBS, NO_VERB = -1 };
static const char *const VERB_NAMES[VERBS] = {
    "rowhouse.memory/open", "rowhouse.memory/read", "rowhouse.memory/write",
    "rowhouse.memory/compare-and-set", "rowhouse.memory/fetch-add", "rowhouse.memory/close"
};
static const char WATCH_NAME[] = "rowhouse.memory/watch";
static const char RAW[] = "bytes";

/* ---- numbers ---------------------------------------------------------------------------------- */

static void put_le(uint8_t *to, uint64_t number, int bytes) {
    for (int i = 0; i < bytes; i++) {
        to[i] = (uint8_t)(number >> (8 * i));
    }
}

static uint64_t get_le(const uint8_t *from, int bytes) {
    uint64_t number = 0;
    for (int i = bytes - 1; i >= 0; i--) {
        number = number << 8 | from[i];
    }
    return number;
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- SHA-256 (FIPS 180-4) and HMAC (RFC 2104) --------------------------------------------------- */

typedef struct {
    uint32_t state[8];
    uint64_t length;
    uint8_t block[64];
} sha256;

static const uint32_t ROUND[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

static uint32_t rotate(uint32_t word, int by) {
    return word >> by | word << (32 - by);
}

static void sha256_begin(sha256 *hash) {
    static const uint32_t FIRST[8] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
        0x5be0cd19
    };
    memcpy(hash->state, FIRST, sizeof FIRST);
    hash->length = 0;
}

static void sha256_block(sha256 *hash) {
    uint32_t word[64], s[8];
    for (int i = 0; i < 16; i++) {
        const uint8_t *four = hash->block + 4 * i;
        word[i] = (uint32_t)four[0] << 24 | (uint32_t)four[1] << 16 | (uint32_t)four[2] << 8
                  | four[3];
    }
    for (int i = 16; i < 64; i++) {
        uint32_t a = word[i - 15], b = word[i - 2];
        word[i] = word[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + word[i - 7]
                  + (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
    memcpy(s, hash->state, sizeof s);
    for (int i = 0; i < 64; i++) {
        uint32_t one = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25))
                       + ((s[4] & s[5]) ^ (~s[4] & s[6])) + ROUND[i] + word[i];
        uint32_t two = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22))
                       + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += one;
        s[0] = one + two;
    }
    for (int i = 0; i < 8; i++) {
        hash->state[i] += s[i];
    }
}

static void sha256_add(sha256 *hash, const void *bytes, size_t count) {
    const uint8_t *from = bytes;
    for (size_t i = 0; i < count; i++) {
        hash->block[hash->length++ % 64] = from[i];
        if (hash->length % 64 == 0) {
            sha256_block(hash);
        }
    }
}

static void sha256_end(sha256 *hash, uint8_t digest[DIGEST]) {
    uint64_t bits = hash->length * 8;
    uint8_t byte = 0x80;
    sha256_add(hash, &byte, 1);
    byte = 0;
    while (hash->length % 64 != 56) {
        sha256_add(hash, &byte, 1);
    }
    for (int i = 7; i >= 0; i--) {
        byte = (uint8_t)(bits >> (8 * i));
        sha256_add(hash, &byte, 1);
    }
    for (int i = 0; i < DIGEST; i++) {
        digest[i] = (uint8_t)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
    }
}

/* Half of an HMAC: begins a hash with the key, mixed with a byte. */
static void hmac_pad(sha256 *hash, const uint8_t key[DIGEST], uint8_t with) {
    uint8_t pad[64];
    memset(pad, with, sizeof pad);
    for (int i = 0; i < DIGEST; i++) {
        pad[i] ^= key[i];
    }
    sha256_begin(hash);
    sha256_add(hash, pad, sizeof pad);
}

typedef struct {
    const void *bytes;
    size_t count;
} part;

static void hmac(const uint8_t key[DIGEST], const part *parts, int count,
                 uint8_t digest[DIGEST]) {
    sha256 hash;
    hmac_pad(&hash, key, 0x36);
    for (int i = 0; i < count; i++) {
        sha256_add(&hash, parts[i].bytes, parts[i].count);
    }
    sha256_end(&hash, digest);
    hmac_pad(&hash, key, 0x5c);
    sha256_add(&hash, digest, DIGEST);
    sha256_end(&hash, digest);
}

static void proof(const uint8_t key[DIGEST], const char *who, const uint8_t *nonce,
                  const uint8_t *challenge, const char *name, uint8_t digest[DIGEST]) {
    const part parts[4] = {
        {who, strlen(who)}, {nonce, DIGEST}, {challenge, DIGEST}, {name, strlen(name)}
    };
    hmac(key, parts, 4, digest);
}

static void key_of(const char *token, uint8_t key[DIGEST]) {
    sha256 hash;
    sha256_begin(&hash);
    sha256_add(&hash, token, strlen(token));
    sha256_end(&hash, key);
}

/* Takes the same time wherever they differ. */
static int same(const uint8_t *one, const uint8_t *other, int count) {
    uint8_t differ = 0;
    for (int i = 0; i < count; i++) {
        differ |= one[i] ^ other[i];
    }
    return differ == 0;
}

static int random_bytes(void *to, size_t count) {
    int file = open("/dev/urandom", O_RDONLY);
    size_t have = 0;
    while (file >= 0 && have < count) {
        ssize_t got = read(file, (uint8_t *)to + have, count - have);
        if (got <= 0) {
            break;
        }
        have += (size_t)got;
    }
    if (file >= 0) {
        close(file);
    }
    return have == count ? 0 : RH_LOST;
}

/* ---- TCP -------------------------------------------------------------------------------------- */

static long tcp_read(void *context, void *bytes, size_t most, int timeout_ms) {
    int socket = (int)(intptr_t)context;
    struct pollfd ready = {socket, POLLIN, 0};
    int found = poll(&ready, 1, timeout_ms);
    if (found <= 0) {
        return found == 0 || errno == EINTR ? 0 : -1;
    }
    ssize_t got = recv(socket, bytes, most, 0);
    return got > 0 ? (long)got : got < 0 && errno == EINTR ? 0 : -1;
}

static int tcp_write(void *context, const void *bytes, size_t count) {
    const uint8_t *from = bytes;
    while (count > 0) {
        ssize_t sent = send((int)(intptr_t)context, from, count, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) {
            return -1;
        }
        if (sent > 0) {
            from += sent;
            count -= (size_t)sent;
        }
    }
    return 0;
}

static void tcp_close(void *context) {
    close((int)(intptr_t)context);
}

/* A connected socket, or -1. */
static int open_socket(const char *host, const char *port, int type) {
    struct addrinfo hints, *found = NULL;
    int opened = -1;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = type;
    if (getaddrinfo(host, port, &hints, &found) != 0) {
        return -1;
    }
    for (struct addrinfo *one = found; one != NULL && opened < 0; one = one->ai_next) {
        opened = socket(one->ai_family, one->ai_socktype, one->ai_protocol);
        if (opened >= 0 && connect(opened, one->ai_addr, one->ai_addrlen) != 0) {
            close(opened);
            opened = -1;
        }
    }
    freeaddrinfo(found);
    return opened;
}

int rh_tcp(rh_stream *stream, const char *host, const char *port) {
    int opened = open_socket(host, port, SOCK_STREAM);
    if (opened < 0) {
        return RH_LOST;
    }
    int yes = 1;
    struct timeval patience = {SILENCE_MS / 1000, 0};
    setsockopt(opened, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(opened, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    stream->context = (void *)(intptr_t)opened;
    stream->read = tcp_read;
    stream->write = tcp_write;
    stream->close = tcp_close;
    return 0;
}

/* ---- ChaCha20-Poly1305 (RFC 8439) -------------------------------------------------------------- */

enum { TAG = 16, NONCE = 12 };

static void quarter(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d) {
    *a += *b; *d = rotate(*d ^ *a, 16);
    *c += *d; *b = rotate(*b ^ *c, 20);
    *a += *b; *d = rotate(*d ^ *a, 24);
    *c += *d; *b = rotate(*b ^ *c, 25);
}

static void chacha_block(const uint8_t key[32], uint32_t counter, const uint8_t nonce[NONCE],
                         uint8_t block[64]) {
    uint32_t in[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}, x[16];
    for (int i = 0; i < 8; i++) {
        in[4 + i] = (uint32_t)get_le(key + 4 * i, 4);
    }
    in[12] = counter;
    for (int i = 0; i < 3; i++) {
        in[13 + i] = (uint32_t)get_le(nonce + 4 * i, 4);
    }
    memcpy(x, in, sizeof x);
    for (int i = 0; i < 10; i++) {
        for (int j = 0; j < 4; j++) {
            quarter(&x[j], &x[4 + j], &x[8 + j], &x[12 + j]);
        }
        for (int j = 0; j < 4; j++) {
            quarter(&x[j], &x[4 + (j + 1) % 4], &x[8 + (j + 2) % 4], &x[12 + (j + 3) % 4]);
        }
    }
    for (int i = 0; i < 16; i++) {
        put_le(block + 4 * i, (uint32_t)(x[i] + in[i]), 4);
    }
}

static void chacha(const uint8_t key[32], const uint8_t nonce[NONCE], uint8_t *bytes,
                   size_t count) {
    uint8_t block[64];
    for (size_t i = 0; i < count; i++) {
        if (i % 64 == 0) {
            chacha_block(key, (uint32_t)(i / 64) + 1, nonce, block);
        }
        bytes[i] ^= block[i % 64];
    }
}

/* Limbs of 26 bits, after Bernstein's and Floodyberry's poly1305-donna. */
typedef struct {
    uint32_t r[5], h[5];
    uint8_t pad[16];
} poly1305;

static void limbs(uint32_t to[5], const uint8_t from[17]) {
    for (int i = 0; i < 5; i++) {
        int bit = 26 * i;
        uint32_t four = 0;
        for (int j = 0; j < 5 && bit / 8 + j < 17; j++) {
            uint64_t byte = (uint64_t)from[bit / 8 + j] << (8 * j) >> bit % 8;
            four |= (uint32_t)byte & 0x3ffffff;
        }
        to[i] = four;
    }
}

static void poly_begin(poly1305 *mac, const uint8_t key[32]) {
    uint8_t r[17] = {0};
    memcpy(r, key, 16);
    for (int i = 3; i < 16; i += 4) {
        r[i] &= 15;
    }
    for (int i = 4; i < 16; i += 4) {
        r[i] &= 252;
    }
    limbs(mac->r, r);
    memset(mac->h, 0, sizeof mac->h);
    memcpy(mac->pad, key + 16, 16);
}

/* Adds bytes, filled up with zeros to a multiple of 16. */
static void poly_add(poly1305 *mac, const uint8_t *bytes, size_t count) {
    for (size_t at = 0; at < count; at += 16) {
        uint8_t block[17] = {0};
        uint32_t more[5];
        uint64_t sum[5] = {0}, carry = 0;
        memcpy(block, bytes + at, count - at < 16 ? count - at : 16);
        block[16] = 1;
        limbs(more, block);
        for (int i = 0; i < 5; i++) {
            mac->h[i] += more[i];
        }
        for (int i = 0; i < 5; i++) {
            for (int j = 0; j < 5; j++) {
                uint64_t r = j <= i ? mac->r[i - j] : (uint64_t)mac->r[5 + i - j] * 5;
                sum[i] += mac->h[j] * r;
            }
        }
        for (int i = 0; i < 5; i++) {
            sum[i] += carry;
            mac->h[i] = (uint32_t)sum[i] & 0x3ffffff;
            carry = sum[i] >> 26;
        }
        mac->h[0] += (uint32_t)carry * 5;
        mac->h[1] += mac->h[0] >> 26;
        mac->h[0] &= 0x3ffffff;
    }
}

static void poly_end(poly1305 *mac, uint8_t tag[TAG]) {
    uint32_t carry = 0, less[5], all = 0;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 5; i++) {
            mac->h[i] += carry;
            carry = mac->h[i] >> 26;
            mac->h[i] &= 0x3ffffff;
        }
        mac->h[0] += carry * 5;
        carry = 0;
    }
    carry = 5; /* h + 5 - 2^130: not negative if h was 2^130 - 5 or more */
    for (int i = 0; i < 5; i++) {
        less[i] = mac->h[i] + carry;
        carry = less[i] >> 26;
        less[i] &= 0x3ffffff;
    }
    all = 0 - carry; /* all ones if it was */
    uint64_t sum = 0;
    uint8_t number[17] = {0};
    for (int i = 0, bit = 0; i < 5; i++, bit += 26) {
        uint64_t limb = (uint64_t)((less[i] & all) | (mac->h[i] & ~all)) << bit % 8;
        for (int j = 0; j < 5 && bit / 8 + j < 17; j++) {
            number[bit / 8 + j] |= (uint8_t)(limb >> (8 * j));
        }
    }
    for (int i = 0; i < TAG; i++) {
        sum += (uint64_t)number[i] + mac->pad[i];
        tag[i] = (uint8_t)sum;
        sum >>= 8;
    }
}

static void tag_of(const uint8_t key[32], const uint8_t nonce[NONCE], const uint8_t *header,
                   size_t header_count, const uint8_t *sealed, size_t count, uint8_t tag[TAG]) {
    uint8_t block[64], lengths[16];
    poly1305 mac;
    chacha_block(key, 0, nonce, block);
    poly_begin(&mac, block);
    poly_add(&mac, header, header_count);
    poly_add(&mac, sealed, count);
    put_le(lengths, header_count, 8);
    put_le(lengths + 8, count, 8);
    poly_add(&mac, lengths, 16);
    poly_end(&mac, tag);
}

/* ---- UDP: the datagrams of docs/protocol.md, with a window of some packets ---------------------- */

enum {
    UDP_OPEN = 1, UDP_COOKIE, UDP_ACCEPT, UDP_PACKET, UDP_REFUSED,
    UDP_HEADER = 13,
    UDP_BYTES_MAX = 1200,
    UDP_NONCE = 16,
    UDP_OPEN_BYTES = 59,
    UDP_ACCEPT_BYTES = 41,
    UDP_NAME_MAX = 64,
    UDP_RANGES_MAX = 17,
    UDP_SEEN = 256,
    UDP_AGAIN_MS = 150,
    UDP_AGAIN_MOST_MS = 1000,
    UDP_ALIVE_MS = 4000,
    UDP_SILENCE_MS = 15000
};
enum { ACKNOWLEDGES = 1, BYTES = 2, ENDS = 4, ASKS = 8, ABORTS = 16 };

static void packet_nonce(uint64_t number, uint8_t nonce[NONCE]) {
    memset(nonce, 0, 4);
    put_le(nonce + 4, number, 8);
}

/* Seals the body behind the header in place, and sends it; gives the packet's number. */
static uint64_t udp_send(rh_udp_state *its, uint8_t *packet, size_t count) {
    uint8_t nonce[NONCE];
    uint64_t number = its->packet++;
    packet[0] = UDP_PACKET;
    put_le(packet + 1, its->peer_number, 4);
    put_le(packet + 5, number, 8);
    packet_nonce(number, nonce);
    chacha(its->key_out, nonce, packet + UDP_HEADER, count);
    tag_of(its->key_out, nonce, packet, UDP_HEADER, packet + UDP_HEADER, count,
           packet + UDP_HEADER + count);
    (void)send(its->socket, packet, UDP_HEADER + count + TAG, MSG_NOSIGNAL); /* lost: again */
    its->said_ms = now_ms();
    return number;
}

static int udp_seen(const rh_udp_state *its, uint64_t back) {
    return back < UDP_SEEN && (its->seen[back / 64] >> back % 64 & 1) != 0;
}

/* What has come: ranges of numbers, the newest first. */
static void udp_acknowledge(rh_udp_state *its) {
    uint8_t packet[UDP_BYTES_MAX];
    uint8_t *to = packet + UDP_HEADER, *ranges = to + 21;
    size_t at = 22, count = 0;
    its->owes = 0;
    if (!its->has_come) {
        to[0] = ASKS;
        udp_send(its, packet, 1);
        return;
    }
    its->takes = its->come + (RH_UDP_WINDOW - its->ready);
    to[0] = ACKNOWLEDGES;
    put_le(to + 1, its->takes, 8);
    put_le(to + 9, its->largest, 8);
    put_le(to + 17, 0, 4);
    for (uint64_t back = 0, end = 0; back < UDP_SEEN && count < UDP_RANGES_MAX; count++) {
        uint64_t begin = back;
        while (udp_seen(its, back)) {
            back++;
        }
        if (count > 0) {
            put_le(to + at, begin - end, 4);
            at += 4;
        }
        put_le(to + at, back - begin - 1, 4);
        at += 4;
        end = back;
        while (back < UDP_SEEN && !udp_seen(its, back)) {
            back++;
        }
    }
    *ranges = (uint8_t)count;
    udp_send(its, packet, at);
}

static void udp_send_piece(rh_udp_state *its, size_t which) {
    uint8_t packet[UDP_BYTES_MAX];
    uint8_t *to = packet + UDP_HEADER;
    to[0] = BYTES;
    put_le(to + 1, its->piece[which].offset, 8);
    memcpy(to + 9, its->piece[which].bytes, its->piece[which].count);
    uint64_t number = udp_send(its, packet, 9 + (size_t)its->piece[which].count);
    its->piece[which].numbers[its->piece[which].times++ % 4] = number;
}

/* Notes a packet's number: 0 if it came before, or is too old to be told. */
static int udp_note(rh_udp_state *its, uint64_t number) {
    if (!its->has_come) {
        its->has_come = 1;
        its->largest = number;
    }
    if (number > its->largest) {
        uint64_t by = number - its->largest;
        for (uint64_t i = 0; i < by && i < UDP_SEEN; i++) {
            for (int j = 3; j >= 0; j--) {
                its->seen[j] = its->seen[j] << 1 | (j > 0 ? its->seen[j - 1] >> 63 : 0);
            }
        }
        its->largest = number;
    }
    uint64_t back = its->largest - number;
    if (back >= UDP_SEEN || udp_seen(its, back)) {
        return 0;
    }
    its->seen[back / 64] |= (uint64_t)1 << back % 64;
    return 1;
}

static void udp_settle(rh_udp_state *its, uint64_t from, uint64_t to) {
    size_t kept = 0;
    for (size_t i = 0; i < its->pieces; i++) {
        unsigned known = its->piece[i].times < 4 ? its->piece[i].times : 4;
        int arrived = 0;
        for (unsigned j = 0; j < known; j++) {
            arrived |= its->piece[i].numbers[j] >= from && its->piece[i].numbers[j] <= to;
        }
        if (!arrived) {
            if (kept != i) {
                its->piece[kept] = its->piece[i];
            }
            kept++;
        } else {
            its->pauses = 0;
            its->again_ms = now_ms() + UDP_AGAIN_MS;
        }
    }
    its->pieces = kept;
}

/* Reads what has arrived there: how many bytes that took, or -1. */
static long udp_ranges(rh_udp_state *its, const uint8_t *body, size_t count) {
    if (count < 25) {
        return -1;
    }
    uint64_t to = get_le(body + 8, 8);
    unsigned ranges = body[20];
    size_t at = 21;
    for (unsigned i = 0; i < ranges; i++) {
        if (count - at < (i > 0 ? 8u : 4u)) {
            return -1;
        }
        if (i > 0) {
            to -= get_le(body + at, 4);
            at += 4;
        }
        uint64_t from = to - get_le(body + at, 4);
        at += 4;
        if (from > to) {
            return -1;
        }
        udp_settle(its, from, to);
        to = from - 1;
    }
    return (long)at;
}

/* Takes what a packet says; -1 if the stream is given up. */
static int udp_body(rh_udp_state *its, uint64_t number, const uint8_t *body, size_t count) {
    int flags = count > 0 ? body[0] : 0;
    size_t at = 1;
    if (flags & ABORTS) {
        return -1;
    }
    if (flags & ACKNOWLEDGES) {
        long took = udp_ranges(its, body + 1, count - 1);
        if (took < 0) {
            return 0;
        }
        at += (size_t)took;
    }
    if (flags & ENDS) {
        if (count - at < 8) {
            return 0;
        }
        its->ends = get_le(body + at, 8);
        at += 8;
    }
    if (flags & BYTES) {
        /* The next bytes, as far as there is room; what comes too early comes again. */
        uint64_t offset = count - at < 8 ? UINT64_MAX : get_le(body + at, 8);
        size_t length = count - at < 8 ? 0 : count - at - 8;
        if (offset > its->come) {
            return 0;
        }
        size_t known = its->come - offset < length ? (size_t)(its->come - offset) : length;
        if (length - known > RH_UDP_WINDOW - its->ready) {
            return 0;
        }
        memcpy(its->in + its->ready, body + at + 8 + known, length - known);
        its->ready += length - known;
        its->come += length - known;
    }
    if (flags & (BYTES | ENDS | ASKS)) {
        udp_note(its, number);
        its->owes = 1;
    }
    return 0;
}

/* Opens a packet and takes it; -1 if the stream is given up. */
static int udp_take(rh_udp_state *its, uint8_t *packet, size_t count) {
    uint8_t nonce[NONCE], tag[TAG];
    if (count < UDP_HEADER + TAG || packet[0] != UDP_PACKET
        || get_le(packet + 1, 4) != its->number) {
        return 0;
    }
    uint64_t number = get_le(packet + 5, 8);
    size_t sealed = count - UDP_HEADER - TAG;
    packet_nonce(number, nonce);
    tag_of(its->key_in, nonce, packet, UDP_HEADER, packet + UDP_HEADER, sealed, tag);
    if (!same(tag, packet + UDP_HEADER + sealed, TAG)) {
        return 0;
    }
    its->heard_ms = now_ms();
    if (its->has_come && number + UDP_SEEN <= its->largest) {
        return 0; /* too old to know whether it came before */
    }
    if (its->has_come && number <= its->largest && udp_seen(its, its->largest - number)) {
        its->owes = 1; /* it came before: the answer was lost */
        return 0;
    }
    chacha(its->key_in, nonce, packet + UDP_HEADER, sealed);
    return udp_body(its, number, packet + UDP_HEADER, sealed);
}

/* Sends again what was not acknowledged in time, and a sign of life. */
static void udp_repeat(rh_udp_state *its, int64_t now) {
    if (its->pieces > 0 && now >= its->again_ms) {
        int64_t pause = (int64_t)UDP_AGAIN_MS << (its->pauses < 4 ? its->pauses : 4);
        its->pauses++;
        its->again_ms = now + (pause < UDP_AGAIN_MOST_MS ? pause : UDP_AGAIN_MOST_MS);
        for (size_t i = 0; i < its->pieces; i++) {
            udp_send_piece(its, i);
        }
    }
    if (now >= its->said_ms + UDP_ALIVE_MS) {
        uint8_t packet[UDP_BYTES_MAX];
        packet[UDP_HEADER] = ASKS;
        udp_send(its, packet, 1);
    }
}

static ssize_t udp_receive(rh_udp_state *its, uint8_t *packet, int64_t wait) {
    struct pollfd ready = {its->socket, POLLIN, 0};
    if (poll(&ready, 1, wait < 0 ? 0 : (int)wait) <= 0) {
        return 0;
    }
    return recv(its->socket, packet, UDP_BYTES_MAX, 0);
}

/* Waits for a packet until then at most: -1 if the peer is gone. */
static int udp_step(rh_udp_state *its, int64_t until) {
    uint8_t packet[UDP_BYTES_MAX];
    int64_t now = now_ms();
    if (its->heard_ms + UDP_SILENCE_MS <= now) {
        return -1;
    }
    if (its->owes) {
        udp_acknowledge(its);
    }
    udp_repeat(its, now);
    int64_t next = its->said_ms + UDP_ALIVE_MS;
    next = its->pieces > 0 && its->again_ms < next ? its->again_ms : next;
    ssize_t got = udp_receive(its, packet, (until < next ? until : next) - now);
    return got > 0 ? udp_take(its, packet, (size_t)got) : 0;
}

static long udp_read(void *context, void *bytes, size_t most, int timeout_ms) {
    rh_udp_state *its = context;
    int64_t until = now_ms() + timeout_ms;
    do {
        if (its->ready == 0 && (its->come == its->ends || udp_step(its, until) < 0)) {
            return -1;
        }
    } while (its->ready == 0 && now_ms() < until);
    size_t count = its->ready < most ? its->ready : most;
    memcpy(bytes, its->in, count);
    its->ready -= count;
    memmove(its->in, its->in + count, its->ready);
    if (its->owes || its->come + (RH_UDP_WINDOW - its->ready) > its->takes + RH_UDP_WINDOW / 2) {
        udp_acknowledge(its); /* also that there is room again */
    }
    return (long)count;
}

static int udp_write(void *context, const void *bytes, size_t count) {
    rh_udp_state *its = context;
    const uint8_t *from = bytes;
    while (count > 0) {
        if (its->pieces == RH_UDP_PIECES) {
            if (udp_step(its, now_ms() + UDP_AGAIN_MOST_MS) < 0) {
                return -1;
            }
            continue;
        }
        size_t length = count < RH_UDP_PIECE ? count : RH_UDP_PIECE;
        memcpy(its->piece[its->pieces].bytes, from, length);
        its->piece[its->pieces].count = (uint16_t)length;
        its->piece[its->pieces].offset = its->sent;
        its->piece[its->pieces].times = 0;
        its->sent += length;
        if (its->pieces == 0) {
            its->pauses = 0;
            its->again_ms = now_ms() + UDP_AGAIN_MS;
        }
        udp_send_piece(its, its->pieces++);
        from += length;
        count -= length;
    }
    return 0;
}

static void udp_close(void *context) {
    rh_udp_state *its = context;
    uint8_t packet[UDP_BYTES_MAX];
    int64_t until = now_ms() + UDP_AGAIN_MOST_MS;
    while (its->pieces > 0 && now_ms() < until && udp_step(its, until) >= 0) {
        /* what was written last still arrives */
    }
    packet[UDP_HEADER] = ABORTS;
    udp_send(its, packet, 1);
    close(its->socket);
}

static void udp_key(const uint8_t random_key[DIGEST], const char *purpose, uint8_t key[DIGEST]) {
    static const uint8_t ONE = 1;
    const part parts[2] = {{purpose, strlen(purpose)}, {&ONE, 1}};
    hmac(random_key, parts, 2, key); /* HKDF (RFC 5869): 32 bytes are one block */
}

/* Takes the server's answer: 1 if the stream is open. */
static int udp_accept(rh_udp_state *its, const uint8_t *packet, const uint8_t key[DIGEST],
                      const uint8_t nonce[UDP_NONCE]) {
    uint8_t digest[DIGEST], salt[2 * UDP_NONCE];
    const part proven[3] = {{packet, 9}, {nonce, UDP_NONCE}, {packet + 9, UDP_NONCE}};
    hmac(key, proven, 3, digest);
    if (!same(digest, packet + 25, 16)) {
        return 0;
    }
    its->peer_number = (uint32_t)get_le(packet + 5, 4);
    memcpy(salt, nonce, UDP_NONCE);
    memcpy(salt + UDP_NONCE, packet + 9, UDP_NONCE);
    const part secret = {key, DIGEST};
    hmac(salt, &secret, 1, digest);
    udp_key(digest, "rowhouse datagrams to server", its->key_out);
    udp_key(digest, "rowhouse datagrams to client", its->key_in);
    return 1;
}

static size_t udp_opening(const rh_udp_state *its, const uint8_t key[DIGEST],
                          const uint8_t nonce[UDP_NONCE], const uint8_t cookie[16],
                          const char *name, uint8_t *packet) {
    uint8_t digest[DIGEST];
    packet[0] = UDP_OPEN;
    put_le(packet + 1, its->number, 4);
    const part proven[3] = {{packet, 5}, {nonce, UDP_NONCE}, {name, strlen(name)}};
    hmac(key, proven, 3, digest);
    memcpy(packet + 5, "RWDG", 4);
    packet[9] = 1;
    memcpy(packet + 10, nonce, UDP_NONCE);
    memcpy(packet + 26, cookie, 16);
    memcpy(packet + 42, digest, 16);
    packet[58] = (uint8_t)strlen(name);
    memcpy(packet + UDP_OPEN_BYTES, name, strlen(name));
    return UDP_OPEN_BYTES + strlen(name);
}

/* Opens the stream: 0, or why not. */
static int udp_begin(rh_udp_state *its, const char *name, const uint8_t key[DIGEST]) {
    uint8_t nonce[UDP_NONCE], cookie[16] = {0}, packet[UDP_BYTES_MAX];
    int64_t until = now_ms() + BEGIN_MS, next = 0;
    if (random_bytes(nonce, sizeof nonce) < 0
        || random_bytes(&its->number, sizeof its->number) < 0) {
        return RH_LOST;
    }
    while (now_ms() < until) {
        if (now_ms() >= next) {
            size_t count = udp_opening(its, key, nonce, cookie, name, packet);
            (void)send(its->socket, packet, count, MSG_NOSIGNAL);
            next = now_ms() + UDP_AGAIN_MS;
        }
        ssize_t got = udp_receive(its, packet, next - now_ms());
        if (got < 6 || get_le(packet + 1, 4) != its->number) {
            continue;
        }
        if (packet[0] == UDP_COOKIE && got == 21) {
            memcpy(cookie, packet + 5, sizeof cookie);
            next = 0;
        } else if (packet[0] == UDP_REFUSED) {
            return RH_REFUSED;
        } else if (packet[0] == UDP_ACCEPT && got == UDP_ACCEPT_BYTES
                   && udp_accept(its, packet, key, nonce)) {
            return 0;
        }
    }
    return RH_LOST;
}

int rh_udp(rh_stream *stream, rh_udp_state *its, const char *host, const char *port,
           const char *name, const char *token) {
    uint8_t key[DIGEST];
    memset(its, 0, sizeof *its);
    its->ends = UINT64_MAX;
    if (strlen(name) > UDP_NAME_MAX) {
        return RH_TOO_LARGE;
    }
    its->socket = open_socket(host, port, SOCK_DGRAM);
    if (its->socket < 0) {
        return RH_LOST;
    }
    key_of(token, key);
    int result = udp_begin(its, name, key);
    if (result < 0) {
        close(its->socket);
        return result;
    }
    its->heard_ms = its->said_ms = now_ms();
    stream->context = its;
    stream->read = udp_read;
    stream->write = udp_write;
    stream->close = udp_close;
    return 0;
}

/* ---- values: the schema's text and the bytes are walked side by side ---------------------------- */

static int is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
           || c == '$' || c == '.' || (unsigned char)c >= 0x80;
}

static size_t name_length(const char *schema) {
    size_t length = 0;
    while (is_name(schema[length])) {
        length++;
    }
    return length;
}

static int is_word(const char *schema, size_t length, const char *word) {
    return strlen(word) == length && memcmp(schema, word, length) == 0;
}

/* Where the type of this name is written out; null if nowhere. */
static const char *definition(const char *schemas, const char *name, size_t length) {
    for (const char *at = schemas; *at != 0;) {
        if (!is_name(*at)) {
            at++;
            continue;
        }
        size_t its = name_length(at);
        if (its == length && memcmp(at, name, length) == 0
            && (at[its] == '{' || at[its] == '(' || at[its] == '<')) {
            return at;
        }
        at += its;
    }
    return NULL;
}

/* Steps over one type in the text; null if it is none. */
static const char *after_type(const char *at, int depth) {
    if (depth > DEPTH_MAX) {
        return NULL;
    }
    char close = 0;
    size_t length = name_length(at);
    if (length == 0) {
        close = *at == '[' ? ']' : *at == '{' ? '}' : 0;
        if (close == 0) {
            return NULL;
        }
    } else {
        at += length;
        close = *at == '{' ? '}' : *at == '(' ? ')' : *at == '<' ? '>' : 0;
    }
    if (close != 0) {
        int level = 0;
        do { /* brackets of all kinds are balanced: counting them finds the end */
            if (*at == 0) {
                return NULL;
            }
            level += *at == '[' || *at == '{' || *at == '(' || *at == '<';
            level -= *at == ']' || *at == '}' || *at == ')' || *at == '>';
            at++;
        } while (level > 0);
    }
    return *at == '?' ? at + 1 : at;
}

static int is_optional(const char *schema) {
    const char *after = after_type(schema, 0);
    return after != NULL && after[-1] == '?';
}

static int unsigned_number(const uint8_t **at, const uint8_t *end, uint64_t *number) {
    *number = 0;
    for (int shift = 0; shift < 70; shift += 7) {
        if (*at == end) {
            return RH_MALFORMED;
        }
        uint8_t byte = *(*at)++;
        if (shift == 63 && byte > 1) {
            return RH_MALFORMED;
        }
        *number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return 0;
        }
    }
    return RH_MALFORMED;
}

static int skip_bytes(rh_value *value, uint64_t count) {
    if (count > (uint64_t)(value->end - value->at)) {
        return RH_MALFORMED;
    }
    value->at += count;
    return 0;
}

static int skip(rh_value *value, int depth);

static int skip_number(rh_value *value) {
    uint64_t ignored;
    return unsigned_number(&value->at, value->end, &ignored);
}

static int skip_counted(rh_value *value) {
    uint64_t count;
    int result = unsigned_number(&value->at, value->end, &count);
    return result < 0 ? result : skip_bytes(value, count);
}

/* Steps over a type's bytes with the schema at another place. */
static int skip_as(rh_value *value, const char *schema, int depth) {
    rh_value inner = *value;
    inner.schema = schema;
    int result = skip(&inner, depth);
    value->at = inner.at;
    return result;
}

static int skip_leaf(rh_value *value, const char *word, size_t length) {
    static const struct {
        const char *word;
        int8_t fixed;   /* bytes; 0 if the form says it */
        int8_t numbers; /* numbers of variable length */
        int8_t counted; /* whether counted bytes end it */
    } LEAVES[] = {
        {"bool", 1, 0, 0}, {"i8", 0, 1, 0}, {"i16", 0, 1, 0}, {"i32", 0, 1, 0}, {"i64", 0, 1, 0},
        {"f32", 4, 0, 0}, {"f64", 8, 0, 0}, {"str", 0, 0, 1}, {"bytes", 0, 0, 1},
        {"uuid", 16, 0, 0}, {"instant", 0, 2, 0}, {"duration", 0, 2, 0}, {"date", 0, 1, 0},
        {"decimal", 0, 1, 1}
    };
    for (size_t i = 0; i < sizeof LEAVES / sizeof *LEAVES; i++) {
        if (!is_word(word, length, LEAVES[i].word)) {
            continue;
        }
        int result = skip_bytes(value, (uint64_t)LEAVES[i].fixed);
        for (int j = 0; j < LEAVES[i].numbers && result == 0; j++) {
            result = skip_number(value);
        }
        return result == 0 && LEAVES[i].counted ? skip_counted(value) : result;
    }
    return 1; /* no leaf */
}

static int skip_repeated(rh_value *value, const char *first, int pairs, int depth) {
    uint64_t count;
    int result = unsigned_number(&value->at, value->end, &count);
    const char *second = pairs ? after_type(first, 0) : NULL;
    if (pairs && second == NULL) {
        return RH_MALFORMED;
    }
    /* Each item takes a byte at least. */
    if (result == 0 && count > (uint64_t)(value->end - value->at)) {
        return RH_MALFORMED;
    }
    for (uint64_t i = 0; i < count && result == 0; i++) {
        result = skip_as(value, first, depth);
        if (pairs && result == 0) {
            result = skip_as(value, second + 1, depth);
        }
    }
    return result;
}

static int skip_record(rh_value *value, const char *fields, int depth) {
    if (*fields == '}') {
        return skip_bytes(value, 1);
    }
    for (;;) {
        fields += name_length(fields);
        const char *after = *fields == ':' ? after_type(fields + 1, 0) : NULL;
        int result = after == NULL ? RH_MALFORMED : skip_as(value, fields + 1, depth);
        if (result < 0 || *after != ',') {
            return result;
        }
        fields = after + 1;
    }
}

static int skip_union(rh_value *value, const char *alternatives, int depth) {
    uint64_t choice;
    int result = unsigned_number(&value->at, value->end, &choice);
    for (; result == 0 && choice > 0; choice--) {
        alternatives = after_type(alternatives, 0);
        if (alternatives == NULL || *alternatives != ',') {
            return RH_MALFORMED;
        }
        alternatives++;
    }
    return result < 0 ? result : skip_as(value, alternatives, depth);
}

/* Steps over the value's bytes; the schema stays. */
static int skip(rh_value *value, int depth) {
    const char *schema = value->schema;
    if (depth > DEPTH_MAX) {
        return RH_MALFORMED;
    }
    if (is_optional(schema)) {
        if (value->at == value->end) {
            return RH_MALFORMED;
        }
        if (*value->at++ == 0) {
            return 0;
        }
    }
    if (*schema == '[' || *schema == '{') {
        return skip_repeated(value, schema + 1, *schema == '{', depth + 1);
    }
    size_t length = name_length(schema);
    int leaf = skip_leaf(value, schema, length);
    if (leaf <= 0) {
        return leaf;
    }
    if (schema[length] != '{' && schema[length] != '(' && schema[length] != '<') {
        schema = definition(value->schemas, schema, length);
    }
    if (schema == NULL) {
        return RH_MALFORMED;
    }
    switch (schema[length]) {
        case '{': return skip_record(value, schema + length + 1, depth + 1);
        case '<': return skip_union(value, schema + length + 1, depth + 1);
        default: return skip_number(value);
    }
}

static rh_value whole(const char *schema, const uint8_t *bytes, size_t count) {
    rh_value value = {schema, schema, bytes, bytes + count};
    return value;
}

/* Goes behind the mark of a value that may be absent: 1 if it is there, 0 if not. */
static int present(rh_value *value) {
    if (!is_optional(value->schema)) {
        return 1;
    }
    if (value->at == value->end || *value->at > 1) {
        return RH_MALFORMED;
    }
    return *value->at++;
}

int rh_field(const rh_value *record, const char *name, rh_value *field) {
    rh_value value = *record;
    int there = present(&value);
    if (there <= 0) {
        return there;
    }
    size_t length = name_length(value.schema);
    const char *at = value.schema;
    if (length > 0 && at[length] != '{') {
        at = definition(value.schemas, at, length);
    }
    if (length == 0 || at == NULL || at[length] != '{') {
        return RH_MALFORMED;
    }
    at += length + 1;
    while (*at != '}') {
        size_t its = name_length(at);
        if (at[its] != ':') {
            return RH_MALFORMED;
        }
        value.schema = at + its + 1;
        if (is_word(at, its, name)) {
            *field = value;
            return present(&value);
        }
        int result = skip(&value, 0);
        at = after_type(at + its + 1, 0);
        if (result < 0 || at == NULL) {
            return RH_MALFORMED;
        }
        at += *at == ',';
    }
    return 0;
}

static int is_type(const rh_value *value, const char *const *words) {
    size_t length = name_length(value->schema);
    for (; *words != NULL; words++) {
        if (is_word(value->schema, length, *words)) {
            return 1;
        }
    }
    return 0;
}

/* Gives 1 with the value behind its mark, 0 if it is absent, or that it is of another type. */
static int typed(const rh_value *value, const char *const *words, rh_value *inner) {
    *inner = *value;
    return is_type(value, words) ? present(inner) : RH_MALFORMED;
}

int rh_int(const rh_value *value, int64_t *number) {
    static const char *const WORDS[] = {"i64", "i32", "i16", "i8", "instant", "duration", "date",
                                        NULL};
    rh_value inner;
    uint64_t raw;
    int result = typed(value, WORDS, &inner);
    if (result <= 0) {
        return result;
    }
    if (unsigned_number(&inner.at, inner.end, &raw) < 0) {
        return RH_MALFORMED;
    }
    *number = (int64_t)(raw >> 1) ^ -(int64_t)(raw & 1);
    return 1;
}

int rh_double(const rh_value *value, double *number) {
    static const char *const WORDS[] = {"f64", "f32", NULL};
    rh_value inner;
    int result = typed(value, WORDS, &inner);
    int bytes = inner.schema[1] == '6' ? 8 : 4;
    if (result <= 0) {
        return result;
    }
    if (inner.end - inner.at < bytes) {
        return RH_MALFORMED;
    }
    uint64_t raw = get_le(inner.at, bytes);
    if (bytes == 8) {
        memcpy(number, &raw, sizeof *number);
    } else {
        float small;
        uint32_t half = (uint32_t)raw;
        memcpy(&small, &half, sizeof small);
        *number = small;
    }
    return 1;
}

int rh_bool(const rh_value *value, int *flag) {
    static const char *const WORDS[] = {"bool", NULL};
    rh_value inner;
    int result = typed(value, WORDS, &inner);
    if (result <= 0) {
        return result;
    }
    if (inner.at == inner.end || *inner.at > 1) {
        return RH_MALFORMED;
    }
    *flag = *inner.at;
    return 1;
}

int rh_text(const rh_value *value, const char **text, size_t *bytes) {
    static const char *const WORDS[] = {"str", "bytes", NULL};
    rh_value inner;
    uint64_t count;
    int result = typed(value, WORDS, &inner);
    if (result <= 0) {
        return result;
    }
    if (unsigned_number(&inner.at, inner.end, &count) < 0
        || count > (uint64_t)(inner.end - inner.at)) {
        return RH_MALFORMED;
    }
    *text = (const char *)inner.at;
    *bytes = (size_t)count;
    return 1;
}

int rh_list(const rh_value *value, rh_items *items) {
    rh_value inner = *value;
    int there = present(&inner);
    if (*inner.schema != '[') {
        return RH_MALFORMED;
    }
    items->left = 0;
    if (there <= 0) {
        return there;
    }
    if (unsigned_number(&inner.at, inner.end, &items->left) < 0
        || items->left > (uint64_t)(inner.end - inner.at)) {
        return RH_MALFORMED;
    }
    inner.schema++;
    items->next = inner;
    return 1;
}

int rh_next(rh_items *items, rh_value *item) {
    if (items->left == 0) {
        return 0;
    }
    *item = items->next;
    items->left--;
    return skip(&items->next, 0) < 0 ? RH_MALFORMED : 1;
}

static void put(rh_writer *to, const void *bytes, size_t count) {
    if (count > (size_t)(to->end - to->at)) {
        to->overflow = 1;
        return;
    }
    if (count > 0) {
        memcpy(to->at, bytes, count);
    }
    to->at += count;
}

static void put_unsigned(rh_writer *to, uint64_t number) {
    uint8_t bytes[10];
    size_t count = 0;
    while (number >= 0x80) {
        bytes[count++] = (uint8_t)(number | 0x80);
        number >>= 7;
    }
    bytes[count++] = (uint8_t)number;
    put(to, bytes, count);
}

void rh_put_int(rh_writer *to, int64_t number) {
    put_unsigned(to, (uint64_t)number << 1 ^ (number < 0 ? UINT64_MAX : 0));
}

void rh_put_double(rh_writer *to, double number) {
    uint64_t raw;
    uint8_t bytes[8];
    memcpy(&raw, &number, sizeof raw);
    put_le(bytes, raw, 8);
    put(to, bytes, 8);
}

void rh_put_bool(rh_writer *to, int flag) {
    uint8_t byte = flag != 0;
    put(to, &byte, 1);
}

void rh_put_text(rh_writer *to, const char *text) {
    rh_put_bytes(to, text, strlen(text));
}

void rh_put_bytes(rh_writer *to, const void *bytes, size_t count) {
    put_unsigned(to, count);
    put(to, bytes, count);
}

void rh_put_count(rh_writer *to, size_t items) {
    put_unsigned(to, items);
}

void rh_put_present(rh_writer *to, int is_present) {
    rh_put_bool(to, is_present);
}

/* ---- frames ----------------------------------------------------------------------------------- */

static int lost(rh_device *device, int result) {
    for (int i = 0; i < RH_EXCHANGES_MAX; i++) {
        if (device->exchanges[i] != NULL) {
            device->exchanges[i]->over = RH_LOST;
            device->exchanges[i] = NULL;
        }
    }
    if (device->open) {
        device->open = 0;
        device->stream.close(device->stream.context);
    }
    return result;
}

/* Sends the frame whose body lies in device->out. */
static int send_frame(rh_device *device, int kind, int flags, unsigned operation,
                      uint32_t exchange, size_t count) {
    put_le(device->out, count, 4);
    device->out[4] = (uint8_t)kind;
    device->out[5] = (uint8_t)flags;
    put_le(device->out + 6, operation, 2);
    put_le(device->out + 8, exchange, 4);
    if (device->stream.write(device->stream.context, device->out, HEADER + count) != 0) {
        return lost(device, RH_LOST);
    }
    return 0;
}

static uint8_t *body(rh_device *device) {
    return device->out + HEADER;
}

static size_t put_short(uint8_t *to, const char *text) {
    size_t count = strlen(text);
    to[0] = (uint8_t)count;
    memcpy(to + 1, text, count);
    return count + 1;
}

static int send_error(rh_device *device, uint32_t exchange, int code, const char *text) {
    put_le(body(device), (uint64_t)code, 2);
    memcpy(body(device) + 2, text, strlen(text));
    return send_frame(device, FAILURE, 0, 0, exchange, 2 + strlen(text));
}

static int broken(rh_device *device, const char *text) {
    put_le(body(device), RH_INVALID_ARGUMENT, 2);
    memcpy(body(device) + 2, text, strlen(text));
    send_frame(device, BYE, 0, 0, 0, 2 + strlen(text));
    return lost(device, RH_PROTOCOL);
}

/* Waits for a whole frame: 1 with its body's length in count, 0 when the time is over. */
static int next_frame(rh_device *device, int64_t until_ms, size_t *count) {
    for (;;) {
        if (device->in_count >= HEADER) {
            *count = (size_t)get_le(device->in, 4);
            if (*count > sizeof device->in - HEADER) {
                return broken(device, "a frame is longer than this device takes");
            }
            if (device->in_count >= HEADER + *count) {
                return 1;
            }
        }
        int64_t now = now_ms();
        if (device->heard_ms + SILENCE_MS <= now) {
            return lost(device, RH_LOST);
        }
        if (device->heard_ms + PING_MS <= now && device->pinged_ms + PING_MS <= now) {
            device->pinged_ms = now;
            memset(body(device), 0, 8);
            if (send_frame(device, PING, 0, 0, 0, 8) < 0) {
                return RH_LOST;
            }
        }
        int64_t wait = until_ms - now;
        int slice = wait < 0 ? 0 : wait > 1000 ? 1000 : (int)wait;
        long got = device->stream.read(device->stream.context, device->in + device->in_count,
                                       sizeof device->in - device->in_count, slice);
        if (got < 0) {
            return lost(device, RH_LOST);
        }
        if (got > 0) {
            device->heard_ms = now_ms();
            device->in_count += (size_t)got;
        } else if (wait <= 0) {
            return 0;
        }
    }
}

static void drop_frame(rh_device *device, size_t count) {
    device->in_count -= HEADER + count;
    memmove(device->in, device->in + HEADER + count, device->in_count);
}

static int take_text(const uint8_t **at, const uint8_t *end, const uint8_t **text,
                     size_t *length) {
    if (end - *at < 2) {
        return RH_PROTOCOL;
    }
    *length = (size_t)get_le(*at, 2);
    *at += 2;
    if ((size_t)(end - *at) < *length) {
        return RH_PROTOCOL;
    }
    *text = *at;
    *at += *length;
    return 0;
}

static int is_text(const uint8_t *text, size_t length, const char *other) {
    return strlen(other) == length && memcmp(text, other, length) == 0;
}

/* The device's own text if it is the same, else a copy; null if there is no room. */
static const char *keep(rh_device *device, const char *own, const uint8_t *text, size_t length) {
    if (is_text(text, length, own)) {
        return own;
    }
    if (length >= sizeof device->schemas - device->schemas_count) {
        return NULL;
    }
    char *copy = device->schemas + device->schemas_count;
    memcpy(copy, text, length);
    copy[length] = 0;
    device->schemas_count += length + 1;
    return copy;
}

/* ---- answering -------------------------------------------------------------------------------- */

static size_t put_text(uint8_t *to, const char *text) {
    size_t count = strlen(text);
    put_le(to, count, 2);
    memcpy(to + 2, text, count);
    return count + 2;
}

static int declare(rh_device *device, const uint8_t *at, size_t count) {
    const uint8_t *end = at + count, *name, *request, *reply;
    size_t name_bytes, request_bytes, reply_bytes;
    if (take_text(&at, end, &name, &name_bytes) < 0
        || take_text(&at, end, &request, &request_bytes) < 0
        || take_text(&at, end, &reply, &reply_bytes) < 0 || at != end) {
        return broken(device, "a declaration is malformed");
    }
    if (device->declared_count == sizeof device->declared / sizeof *device->declared) {
        return broken(device, "more operations are declared than this device takes");
    }
    rh_declared *declared = &device->declared[device->declared_count++];
    const char *own_request = RAW, *own_reply = RAW;
    declared->number = (uint16_t)get_le(device->in + 6, 2);
    declared->offered = -1;
    declared->verb = NO_VERB;
    declared->request = NULL;
    for (unsigned i = 0; i < device->offered_count; i++) {
        if (is_text(name, name_bytes, device->offered[i].name)) {
            own_request = device->offered[i].request;
            own_reply = device->offered[i].reply;
            declared->request = keep(device, own_request, request, request_bytes);
            declared->offered = declared->request == NULL ? -1 : (int16_t)i;
        }
    }
    for (int i = 0; i < VERBS && device->region_count > 0; i++) {
        declared->verb = is_text(name, name_bytes, VERB_NAMES[i]) ? (int16_t)i : declared->verb;
    }
    int known = declared->offered >= 0 || declared->verb != NO_VERB;
    uint8_t *to = body(device);
    size_t length = 0;
    to[length++] = (uint8_t)known;
    if (known) {
        length += put_text(to + length, own_request);
        length += put_text(to + length, own_reply);
    }
    return send_frame(device, DECLARED, 0, declared->number, 0, length);
}

static rh_region *region_of(rh_device *device, const uint8_t *request, size_t count) {
    uint64_t handle = count < 8 ? 0 : get_le(request, 8);
    return handle == 0 || handle > device->region_count ? NULL : &device->regions[handle - 1];
}

static int open_region(rh_device *device, const uint8_t *request, size_t count, uint8_t *answer,
                       size_t *answered) {
    const uint8_t *at = request, *name, *who;
    size_t name_bytes, who_bytes;
    if (take_text(&at, request + count, &name, &name_bytes) < 0
        || take_text(&at, request + count, &who, &who_bytes) < 0) {
        return RH_INVALID_ARGUMENT;
    }
    for (unsigned i = 0; i < device->region_count; i++) {
        rh_region *region = &device->regions[i];
        if (is_text(name, name_bytes, region->name)) {
            put_le(answer, i + 1, 8);
            put_le(answer + 8, device->incarnation, 8);
            put_le(answer + 16, region->bytes, 8);
            put_le(answer + 24, region->verbs, 4);
            *answered = 28;
            return 0;
        }
    }
    return RH_NOT_FOUND;
}

/* A change that was made before under the same turn is not made again. */
static int change(rh_region *region, int verb, const uint8_t *request, size_t count,
                  uint8_t *answer, size_t *answered) {
    uint64_t offset = get_le(request + 8, 8), turn = get_le(request + 16, 8);
    unsigned place = (unsigned)(turn % TURNS);
    const uint8_t *rest = request + 24;
    size_t bytes = verb == WRITE ? count - 24 : 8;
    if (offset > region->bytes || bytes > region->bytes - offset
        || (verb != WRITE && offset % 8 != 0)) {
        return RH_INVALID_ARGUMENT;
    }
    if (turn / TURNS == 0 || turn / TURNS < region->turns[place]) {
        return RH_CONFLICT;
    }
    if (turn / TURNS > region->turns[place]) {
        uint8_t *cell = region->memory + offset;
        int64_t before = verb == WRITE ? 0 : (int64_t)get_le(cell, 8);
        region->turns[place] = turn / TURNS;
        region->befores[place] = before;
        if (verb == WRITE) {
            memcpy(cell, rest, bytes);
            region->version++;
        } else if (verb == FETCH_ADD) {
            put_le(cell, (uint64_t)before + get_le(rest, 8), 8);
            region->version++;
        } else if (before == (int64_t)get_le(rest, 8)) {
            memcpy(cell, rest + 8, 8);
            region->version++;
        }
        region->versions[place] = region->version;
    }
    put_le(answer, region->versions[place], 8);
    put_le(answer + 8, (uint64_t)region->befores[place], 8);
    *answered = verb == WRITE ? 8 : 16;
    return 0;
}

/* Answers one of memory's operations: 0 or an error number. */
static int memory(rh_device *device, int verb, const uint8_t *request, size_t count,
                  uint8_t *answer, size_t *answered) {
    static const uint8_t LEAST[VERBS] = {4, 20, 25, 40, 32, 8};
    static const uint8_t NEEDED[VERBS] = {0, RH_READ, RH_WRITE, RH_COMPARE_AND_SET, RH_FETCH_ADD,
                                          0};
    if (count < LEAST[verb]) {
        return RH_INVALID_ARGUMENT;
    }
    if (verb == OPEN) {
        return open_region(device, request, count, answer, answered);
    }
    rh_region *region = region_of(device, request, count);
    if (region == NULL) {
        return RH_NOT_FOUND;
    }
    if ((region->verbs & NEEDED[verb]) != NEEDED[verb]) {
        return RH_FORBIDDEN;
    }
    if (verb == READ) {
        uint64_t offset = get_le(request + 8, 8), wanted = get_le(request + 16, 4);
        if (wanted == 0 || offset > region->bytes || wanted > region->bytes - offset) {
            return RH_INVALID_ARGUMENT;
        }
        if (wanted > RH_MESSAGE_MAX - 8) {
            return RH_LARGE;
        }
        put_le(answer, region->version, 8);
        memcpy(answer + 8, region->memory + offset, (size_t)wanted);
        *answered = 8 + (size_t)wanted;
        return 0;
    }
    return verb == CLOSE ? 0 : change(region, verb, request, count, answer, answered);
}

static int reply(rh_device *device, uint32_t exchange, int code, size_t count) {
    if (code != 0) {
        return send_error(device, exchange, code, code == RH_NOT_FOUND
                          ? "This device has nothing of that name."
                          : "This device refused or failed.");
    }
    size_t most = device->peer_frame < device->peer_message ? device->peer_frame
                                                            : device->peer_message;
    if (count > RH_MESSAGE_MAX || count > most) {
        return send_error(device, exchange, RH_LARGE, "The reply is too large.");
    }
    return send_frame(device, REPLY, 0, 0, exchange, count);
}

static int answer(rh_device *device, const uint8_t *at, size_t count, int flags,
                  unsigned operation, uint32_t exchange) {
    size_t options = (flags & DEADLINE ? 8u : 0u) + (flags & TRACE ? 25u : 0u);
    if (flags & MORE || flags & ~(DEADLINE | TRACE | IDEMPOTENT | EXCHANGE) || count < options
        || exchange % 2 != 0 || exchange == 0) {
        return broken(device, "a call is malformed");
    }
    at += options;
    count -= options;
    const rh_declared *declared = NULL;
    for (unsigned i = 0; i < device->declared_count; i++) {
        declared = device->declared[i].number == operation ? &device->declared[i] : declared;
    }
    if (declared == NULL) {
        return broken(device, "a call is of an operation that was not declared");
    }
    if (declared->offered < 0 && declared->verb == NO_VERB) {
        return reply(device, exchange, RH_NOT_FOUND, 0);
    }
    if (flags & EXCHANGE) {
        return send_error(device, exchange, RH_INVALID_ARGUMENT,
                          "This device answers calls, not exchanges.");
    }
    if (count > RH_MESSAGE_MAX) {
        return send_error(device, exchange, RH_LARGE, "The request is too large.");
    }
    if (declared->verb != NO_VERB) {
        size_t answered = 0;
        int code = memory(device, declared->verb, at, count, body(device), &answered);
        return reply(device, exchange, code, answered);
    }
    const rh_offered *offered = &device->offered[declared->offered];
    rh_value request = whole(declared->request, at, count);
    rh_value probe = request;
    int code = RH_INVALID_INPUT;
    rh_writer writer = {body(device), body(device) + RH_MESSAGE_MAX, 0};
    int is_void = strcmp(declared->request, "void") == 0;
    if (is_void ? count == 0 : skip(&probe, 0) == 0 && probe.at == probe.end) {
        device->answering = 1;
        code = offered->function(offered->context, &request, &writer);
        device->answering = 0;
    }
    return reply(device, exchange, writer.overflow ? RH_LARGE : code,
                 (size_t)(writer.at - body(device)));
}

/* ---- asking ----------------------------------------------------------------------------------- */

static void note_error(rh_device *device, const uint8_t *at, size_t count) {
    device->error_code = count < 2 ? 0 : (uint16_t)get_le(at, 2);
    size_t length = count < 2 ? 0 : count - 2;
    length = length < sizeof device->error_text ? length : sizeof device->error_text - 1;
    memcpy(device->error_text, at + (count < 2 ? 0 : 2), length);
    device->error_text[length] = 0;
}

static int declared_by_peer(rh_device *device, const uint8_t *at, size_t count) {
    const uint8_t *end = at + count, *request, *text;
    size_t request_bytes, text_bytes;
    unsigned number = (unsigned)get_le(device->in + 6, 2);
    if (number == 0 || number > device->called_count || count == 0) {
        return broken(device, "an answer to no declaration");
    }
    rh_called *called = &device->called[number - 1];
    called->known = *at++ == 1;
    called->answered = 1;
    if (called->known) {
        if (take_text(&at, end, &request, &request_bytes) < 0
            || take_text(&at, end, &text, &text_bytes) < 0) {
            return broken(device, "an answer to a declaration is malformed");
        }
        called->peer_reply = keep(device, called->reply, text, text_bytes);
    }
    return 0;
}

static int answered(rh_device *device, int kind, int flags, const uint8_t *at, size_t count,
                    uint32_t exchange) {
    if (device->waiting_done || exchange != device->waiting_for) {
        return 0; /* of a call that nobody waits for any more */
    }
    if (kind == FAILURE) {
        note_error(device, at, count);
        device->waiting_result = RH_FAILED;
    } else if (flags & MORE || count > device->answer_max) {
        device->waiting_result = RH_TOO_LARGE;
    } else {
        if (count > 0) {
            memcpy(device->answer, at, count);
        }
        device->answer_count = count;
        device->waiting_result = 1;
    }
    device->waiting_done = 1;
    return 0;
}

/* ---- exchanges: items wait in the order in which they came, each behind its header ------------- */

static rh_exchange **exchange_of(rh_device *device, uint32_t number) {
    for (int i = 0; i < RH_EXCHANGES_MAX; i++) {
        if (device->exchanges[i] != NULL && device->exchanges[i]->number == number) {
            return &device->exchanges[i];
        }
    }
    return NULL;
}

/* Lets the peer send more, once it is worth a frame. */
static int give_credit(rh_device *device, rh_exchange *exchange) {
    uint32_t owed = exchange->owed;
    if (owed < RH_WINDOW / 4 || exchange->over != 0 || exchange->peer_ended) {
        return 0;
    }
    exchange->owed = 0;
    exchange->granted += owed;
    put_le(body(device), owed, 4);
    return send_frame(device, CREDIT, 0, 0, exchange->number, 4);
}

/* While no whole item waits, one that is being joined holds nothing back. */
static void let_join(rh_exchange *exchange) {
    if (exchange->whole == 0) {
        exchange->owed += exchange->joined_credit;
        exchange->joined_credit = 0;
    }
}

static int item_came(rh_device *device, rh_exchange *exchange, int flags, const uint8_t *at,
                     size_t count) {
    size_t cost = count + ITEM_COST, more = exchange->joining ? 0 : ITEM_HEADER;
    if (flags & ~MORE || exchange->peer_ended || cost > exchange->granted
        || cost > RH_WINDOW / 2) {
        return broken(device, "an item without credit");
    }
    if (exchange->count + more + count > sizeof exchange->in) {
        return broken(device, "an item is longer than this device takes");
    }
    if (!exchange->joining) {
        exchange->joined_at = exchange->count;
        exchange->joining = 1;
        exchange->count += ITEM_HEADER;
    }
    if (count > 0) {
        memcpy(exchange->in + exchange->count, at, count);
    }
    exchange->count += count;
    exchange->granted -= (uint32_t)cost;
    exchange->joined_credit += (uint32_t)cost;
    if (flags & MORE) {
        let_join(exchange);
        return give_credit(device, exchange);
    }
    uint8_t *header = exchange->in + exchange->joined_at;
    put_le(header, exchange->count - exchange->joined_at - ITEM_HEADER, 4);
    put_le(header + 4, exchange->joined_credit, 4);
    exchange->joined_credit = 0;
    exchange->joining = 0;
    exchange->whole++;
    return 0;
}

static int exchange_frame(rh_device *device, rh_exchange **place, int kind, int flags,
                          const uint8_t *at, size_t count) {
    rh_exchange *exchange = *place;
    switch (kind) {
        case ITEM: return item_came(device, exchange, flags, at, count);
        case CREDIT:
            if (count != 4) {
                return broken(device, "a credit is malformed");
            }
            exchange->credit += get_le(at, 4);
            return exchange->credit > INT32_MAX ? broken(device, "too much credit") : 0;
        case END: exchange->peer_ended = 1; return 0;
        case FAILURE: note_error(device, at, count); /* and it is over */
        /* fall through */
        default:
            exchange->over = kind == FAILURE ? RH_FAILED : RH_ENDED;
            *place = NULL;
            return 0;
    }
}

static int handle(rh_device *device, size_t count) {
    int kind = device->in[4], flags = device->in[5];
    unsigned operation = (unsigned)get_le(device->in + 6, 2);
    uint32_t exchange = (uint32_t)get_le(device->in + 8, 4);
    const uint8_t *at = device->in + HEADER;
    rh_exchange **open = exchange_of(device, exchange);
    if (open != NULL && (kind == ITEM || kind == END || kind == CREDIT || kind == REPLY
                         || kind == FAILURE)) {
        return exchange_frame(device, open, kind, flags, at, count);
    }
    switch (kind) {
        case DECLARE: return declare(device, at, count);
        case DECLARED: return declared_by_peer(device, at, count);
        case CALL: return answer(device, at, count, flags, operation, exchange);
        case REPLY:
        case FAILURE: return answered(device, kind, flags, at, count, exchange);
        case PING:
            if (count != 8) {
                return broken(device, "a ping is malformed");
            }
            memcpy(body(device), at, 8);
            return send_frame(device, PONG, 0, 0, 0, 8);
        case PONG:
        case CANCEL: /* by then it was answered */
        case ITEM:
        case END:
        case CREDIT: return 0; /* of an exchange that is over */
        case BYE:
            note_error(device, at, count);
            return lost(device, RH_LOST);
        default: return broken(device, "a frame of an unknown kind");
    }
}

/* Handles one frame: 1, or 0 when the time is over. */
static int step(rh_device *device, int64_t until_ms) {
    size_t count;
    int got = device->open ? next_frame(device, until_ms, &count) : RH_LOST;
    if (got <= 0) {
        return got;
    }
    int result = handle(device, count);
    if (result < 0) {
        return result;
    }
    drop_frame(device, count);
    return 1;
}

/*
 * Handles one frame for a caller that then looks whether it was what it waits for: 0 or more, or
 * why to wait no more. At least one frame is handled, but none once late: a peer that keeps sending
 * other things must not keep the caller.
 */
static int wait_on(rh_device *device, int64_t until_ms, int *late) {
    if (*late) {
        return RH_TIMED_OUT;
    }
    int got = step(device, until_ms);
    *late = now_ms() >= until_ms;
    return got == 0 ? RH_TIMED_OUT : got;
}

int rh_serve(rh_device *device, int timeout_ms) {
    int64_t until = now_ms() + timeout_ms;
    if (device->answering) {
        return RH_BUSY;
    }
    for (;;) {
        int result = step(device, until);
        if (result <= 0) {
            return result;
        }
        if (now_ms() >= until) {
            return 0;
        }
    }
}

rh_writer rh_request(rh_device *device) {
    /* The request is written where it is sent from, behind the options of a call. */
    rh_writer writer = {body(device) + OPTIONS_MAX, body(device) + OPTIONS_MAX + RH_MESSAGE_MAX,
                        device->answering};
    return writer;
}

static int number_of(rh_device *device, const char *name, const char *request, const char *reply) {
    for (unsigned i = 0; i < device->called_count; i++) {
        rh_called *called = &device->called[i];
        if (strcmp(called->name, name) == 0 && strcmp(called->request, request) == 0
            && strcmp(called->reply, reply) == 0) {
            return (int)i + 1;
        }
    }
    return 0;
}

/* Declares an operation; the request that is being written lies behind and is not touched. */
static int declare_own(rh_device *device, const char *name, const char *request,
                       const char *reply) {
    size_t length = 6 + strlen(name) + strlen(request) + strlen(reply);
    if (device->called_count == RH_OPERATIONS_MAX) {
        return RH_FULL;
    }
    if (length > device->peer_frame) {
        return RH_TOO_LARGE;
    }
    rh_called *called = &device->called[device->called_count++];
    called->name = name;
    called->request = request;
    called->reply = reply;
    called->peer_reply = NULL;
    called->answered = 0;
    const char *const texts[3] = {name, request, reply};
    uint8_t frame[HEADER + 2];
    put_le(frame, length, 4);
    frame[4] = DECLARE;
    frame[5] = 0;
    put_le(frame + 6, device->called_count, 2);
    put_le(frame + 8, 0, 4);
    int failed = device->stream.write(device->stream.context, frame, HEADER);
    for (int i = 0; i < 3 && failed == 0; i++) {
        put_le(frame, strlen(texts[i]), 2);
        failed = device->stream.write(device->stream.context, frame, 2);
        if (failed == 0 && *texts[i] != 0) {
            failed = device->stream.write(device->stream.context, texts[i], strlen(texts[i]));
        }
    }
    return failed == 0 ? (int)device->called_count : lost(device, RH_LOST);
}

/* The number of the operation that is to be asked with what was written, or why it cannot be. */
static int asked(rh_device *device, const char *name, const char *request, const char *reply,
                 const rh_writer *written) {
    if (device->answering) {
        return RH_BUSY;
    }
    if (!device->open) {
        return RH_LOST;
    }
    size_t count = (size_t)(written->at - body(device)) - OPTIONS_MAX;
    if (written->overflow || count > device->peer_message || count + 8 > device->peer_frame) {
        return RH_TOO_LARGE;
    }
    int number = number_of(device, name, request, reply);
    return number == 0 ? declare_own(device, name, request, reply) : number;
}

/* What came, if it fits the schema. */
static int read_as(const char *schema, const uint8_t *bytes, size_t count, rh_value *value) {
    *value = whole(schema, bytes, count);
    rh_value probe = *value;
    if (strcmp(schema, "void") != 0 && strcmp(schema, RAW) != 0
        && (skip(&probe, 0) < 0 || probe.at != probe.end)) {
        return RH_MALFORMED;
    }
    return 0;
}

int rh_call(rh_device *device, const char *name, const char *request, const char *reply,
            rh_writer *written, void *buffer, size_t buffer_bytes, rh_value *result,
            int timeout_ms) {
    uint8_t *content = body(device) + OPTIONS_MAX;
    size_t count = (size_t)(written->at - content);
    int number = asked(device, name, request, reply, written);
    if (number < 0) {
        return number;
    }
    int64_t until = now_ms() + timeout_ms;
    put_le(body(device), (uint64_t)(timeout_ms < 0 ? 0 : timeout_ms) * 1000, 8);
    memmove(body(device) + 8, content, count);
    device->next_exchange += 2;
    device->waiting_for = device->next_exchange - 1;
    device->waiting_done = 0;
    device->answer = buffer;
    device->answer_max = buffer_bytes;
    int sent = send_frame(device, CALL, DEADLINE, (unsigned)number, device->waiting_for,
                          count + 8);
    int late = 0;
    while (sent == 0 && !device->waiting_done) {
        int got = wait_on(device, until, &late);
        if (got < 0) {
            device->waiting_done = 1;
            if (got == RH_TIMED_OUT) {
                sent = send_frame(device, CANCEL, 0, 0, device->waiting_for, 0);
            }
            return sent < 0 ? sent : got;
        }
    }
    if (sent < 0 || device->waiting_result < 0) {
        return sent < 0 ? sent : device->waiting_result;
    }
    const rh_called *called = &device->called[number - 1];
    if (!called->answered || !called->known || called->peer_reply == NULL) {
        return called->answered && called->known ? RH_FULL : broken(device, "not declared");
    }
    return read_as(called->peer_reply, buffer, device->answer_count, result);
}

rh_writer rh_item(void *buffer, size_t bytes) {
    rh_writer writer = {buffer, (uint8_t *)buffer + bytes, 0};
    return writer;
}

int rh_open(rh_device *device, rh_exchange *exchange, const char *name, const char *request,
            const char *reply, rh_writer *written) {
    uint8_t *content = body(device) + OPTIONS_MAX;
    size_t count = (size_t)(written->at - content);
    int number = asked(device, name, request, reply, written);
    if (number < 0) {
        return number;
    }
    rh_exchange **place = device->exchanges;
    while (place < device->exchanges + RH_EXCHANGES_MAX && *place != NULL) {
        place++;
    }
    if (place == device->exchanges + RH_EXCHANGES_MAX) {
        return RH_FULL;
    }
    device->next_exchange += 2;
    memset(exchange, 0, offsetof(rh_exchange, in));
    exchange->number = device->next_exchange - 1;
    exchange->connection = device->incarnation;
    exchange->operation = (uint16_t)number;
    exchange->credit = device->peer_window;
    exchange->granted = RH_WINDOW;
    *place = exchange;
    memmove(body(device), content, count);
    return send_frame(device, CALL, EXCHANGE, (unsigned)number, exchange->number, count);
}

/* One of an earlier connection is not: the schemas that its items were written by are gone. */
static int is_here(const rh_device *device, const rh_exchange *exchange) {
    return exchange->connection == device->incarnation;
}

/* Forgets the item that the program has had. */
static int drop_item(rh_device *device, rh_exchange *exchange) {
    size_t length = ITEM_HEADER + (size_t)get_le(exchange->in, 4);
    exchange->owed += (uint32_t)get_le(exchange->in + 4, 4);
    exchange->lent = 0;
    exchange->whole--;
    exchange->count -= length;
    exchange->joined_at -= exchange->joining ? length : 0;
    memmove(exchange->in, exchange->in + length, exchange->count);
    let_join(exchange);
    return give_credit(device, exchange);
}

int rh_receive(rh_device *device, rh_exchange *exchange, rh_value *item, int timeout_ms) {
    int64_t until = now_ms() + timeout_ms;
    if (device->answering) {
        return RH_BUSY;
    }
    if (!is_here(device, exchange) || (exchange->lent && drop_item(device, exchange) < 0)) {
        return RH_LOST;
    }
    int late = 0;
    while (exchange->whole == 0) {
        if (exchange->over != 0 || exchange->peer_ended) {
            return exchange->over == RH_ENDED || exchange->over == 0 ? 0 : exchange->over;
        }
        int got = wait_on(device, until, &late);
        if (got < 0) {
            return got;
        }
    }
    const rh_called *called = &device->called[exchange->operation - 1];
    if (called->peer_reply == NULL) {
        return RH_FULL;
    }
    exchange->lent = 1;
    return read_as(called->peer_reply, exchange->in + ITEM_HEADER,
                   (size_t)get_le(exchange->in, 4), item) < 0 ? RH_MALFORMED : 1;
}

int rh_send(rh_device *device, rh_exchange *exchange, const void *item, size_t bytes,
            int timeout_ms) {
    int64_t until = now_ms() + timeout_ms;
    if (device->answering) {
        return RH_BUSY;
    }
    if (!is_here(device, exchange)) {
        return RH_LOST;
    }
    if (bytes > RH_MESSAGE_MAX || bytes > device->peer_message || bytes > device->peer_frame
        || bytes + ITEM_COST > device->peer_window / 2) {
        return RH_TOO_LARGE;
    }
    int late = 0;
    while (exchange->over == 0 && !exchange->ended && exchange->credit < bytes + ITEM_COST) {
        int got = wait_on(device, until, &late);
        if (got < 0) {
            return got;
        }
    }
    if (exchange->over != 0 || exchange->ended) {
        return exchange->over != 0 ? exchange->over : RH_ENDED;
    }
    exchange->credit -= bytes + ITEM_COST;
    if (bytes > 0) {
        memcpy(body(device), item, bytes);
    }
    return send_frame(device, ITEM, 0, 0, exchange->number, bytes);
}

int rh_end(rh_device *device, rh_exchange *exchange) {
    if (!is_here(device, exchange)) {
        return RH_LOST;
    }
    if (exchange->over != 0 || exchange->ended) {
        return exchange->over != 0 ? exchange->over : 0;
    }
    exchange->ended = 1;
    return send_frame(device, END, 0, 0, exchange->number, 0);
}

void rh_cancel(rh_device *device, rh_exchange *exchange) {
    rh_exchange **place = exchange_of(device, exchange->number);
    if (place != NULL && *place == exchange) {
        *place = NULL;
        exchange->over = RH_ENDED;
        send_frame(device, CANCEL, 0, 0, exchange->number, 0);
    }
}

int rh_find(rh_device *device, const char *region, rh_far *far, int timeout_ms) {
    uint8_t buffer[28], lengths[2] = {0, 0};
    rh_value opened;
    rh_writer request = rh_request(device);
    put_le(lengths, strlen(region), 2);
    put(&request, lengths, 2);
    put(&request, region, strlen(region));
    put_le(lengths, 0, 2);
    put(&request, lengths, 2); /* who asks is the device itself */
    int result = rh_call(device, VERB_NAMES[OPEN], RAW, RAW, &request, buffer, sizeof buffer,
                         &opened, timeout_ms);
    if (result < 0) {
        return result;
    }
    if (opened.end - opened.at != sizeof buffer) {
        return RH_MALFORMED;
    }
    far->handle = get_le(buffer, 8);
    far->incarnation = get_le(buffer + 8, 8);
    far->bytes = get_le(buffer + 16, 8);
    far->verbs = (uint32_t)get_le(buffer + 24, 4);
    return 0;
}

int rh_watch(rh_device *device, rh_exchange *exchange, const rh_far *far, uint64_t offset,
             uint32_t count) {
    uint8_t range[20];
    rh_writer request = rh_request(device);
    if (count > RH_MESSAGE_MAX - 8) {
        return RH_TOO_LARGE;
    }
    put_le(range, far->handle, 8);
    put_le(range + 8, offset, 8);
    put_le(range + 16, count, 4);
    put(&request, range, sizeof range);
    return rh_open(device, exchange, WATCH_NAME, RAW, RAW, &request);
}

int rh_watched(const rh_value *item, uint64_t *version, const uint8_t **bytes, size_t *count) {
    *version = 0;
    *bytes = NULL;
    *count = 0;
    if (item->end - item->at < 8) {
        return RH_MALFORMED;
    }
    *version = get_le(item->at, 8);
    *bytes = item->at + 8;
    *count = (size_t)(item->end - item->at) - 8;
    return 0;
}

/* ---- beginning and end ------------------------------------------------------------------------ */

void rh_init(rh_device *device) {
    memset(device, 0, sizeof *device);
    device->waiting_done = 1;
}

int rh_offer(rh_device *device, const char *name, const char *request, const char *reply,
             rh_function function, void *context) {
    if (device->offered_count == RH_OPERATIONS_MAX
        || strlen(request) + strlen(reply) + 5 > RH_MESSAGE_MAX) {
        return RH_FULL;
    }
    rh_offered *offered = &device->offered[device->offered_count++];
    offered->name = name;
    offered->request = request;
    offered->reply = reply;
    offered->function = function;
    offered->context = context;
    return 0;
}

int rh_export(rh_device *device, const char *name, void *memory_at, size_t bytes,
              uint32_t verbs) {
    if (device->region_count == RH_REGIONS_MAX) {
        return RH_FULL;
    }
    rh_region *region = &device->regions[device->region_count++];
    region->name = name;
    region->memory = memory_at;
    region->bytes = bytes;
    region->verbs = verbs;
    return 0;
}

int64_t rh_cell(const void *memory_at, size_t cell) {
    return (int64_t)get_le((const uint8_t *)memory_at + 8 * cell, 8);
}

void rh_set_cell(rh_device *device, void *memory_at, size_t cell, int64_t value) {
    put_le((uint8_t *)memory_at + 8 * cell, (uint64_t)value, 8);
    for (unsigned i = 0; i < device->region_count; i++) {
        if (device->regions[i].memory == memory_at) {
            device->regions[i].version++;
        }
    }
}

static int hello(rh_device *device, const char *name, const uint8_t *nonce) {
    uint8_t *to = body(device);
    memcpy(to, "RWHS", 4);
    put_le(to + 4, 1, 2);
    put_le(to + 6, 1, 2);
    put_le(to + 8, sizeof device->in - HEADER, 4);
    put_le(to + 12, RH_MESSAGE_MAX, 4);
    put_le(to + 16, 64, 4); /* they are answered one by one: the next ones wait in the stream */
    put_le(to + 20, RH_WINDOW, 4);
    size_t length = 24 + put_short(to + 24, name);
    to[length++] = nonce != NULL;
    if (nonce != NULL) {
        memcpy(to + length, nonce, DIGEST);
        length += DIGEST;
    }
    return send_frame(device, HELLO, 0, 0, 0, length);
}

/* Waits for one frame of the beginning: its body's length, or a failure. */
static int expect(rh_device *device, int kind, size_t least, int64_t until) {
    size_t count;
    int got = next_frame(device, until, &count);
    if (got <= 0) {
        return got < 0 ? got : lost(device, RH_TIMED_OUT);
    }
    if (device->in[4] == REFUSED) {
        note_error(device, device->in + HEADER, count);
        return lost(device, RH_REFUSED);
    }
    if (device->in[4] != kind || count < least) {
        return broken(device, "not what a connection begins with");
    }
    return (int)count;
}

static int begin(rh_device *device, const char *name, const char *token) {
    uint8_t key[DIGEST], nonce[DIGEST], challenge[DIGEST], digest[DIGEST];
    int64_t until = now_ms() + BEGIN_MS;
    if (random_bytes(nonce, sizeof nonce) < 0
        || random_bytes(&device->incarnation, sizeof device->incarnation) < 0) {
        return lost(device, RH_LOST);
    }
    int result = hello(device, name, token == NULL ? NULL : nonce);
    if (result == 0 && token != NULL) {
        key_of(token, key);
        result = expect(device, CHALLENGE, DIGEST, until);
        if (result < 0) {
            return result;
        }
        memcpy(challenge, device->in + HEADER, DIGEST);
        drop_frame(device, (size_t)result);
        proof(key, "rowhouse client", nonce, challenge, name, body(device));
        result = send_frame(device, PROOF, 0, 0, 0, DIGEST);
    }
    if (result < 0) {
        return result;
    }
    result = expect(device, WELCOME, 20, until);
    if (result < 0) {
        return result;
    }
    const uint8_t *at = device->in + HEADER, *end = at + result;
    device->peer_frame = (uint32_t)get_le(at + 2, 4);
    device->peer_message = (uint32_t)get_le(at + 6, 4);
    device->peer_window = (uint32_t)get_le(at + 14, 4);
    int version = (int)get_le(at, 2);
    at += 18;
    at += 1 + (size_t)*at;
    int proven = at < end && *at == 1 && end - at == 1 + DIGEST;
    if (version != 1 || at >= end || device->peer_frame < LIMIT_LEAST
        || device->peer_message < LIMIT_LEAST || device->peer_window < LIMIT_LEAST) {
        return broken(device, "a welcome is malformed");
    }
    if (token != NULL) {
        proof(key, "rowhouse server", nonce, challenge, "", digest);
        if (!proven || !same(digest, at + 1, DIGEST)) {
            return lost(device, RH_REFUSED);
        }
    }
    drop_frame(device, (size_t)result);
    return 0;
}

int rh_connect(rh_device *device, rh_stream stream, const char *name, const char *token) {
    if (strlen(name) > 255) {
        stream.close(stream.context);
        return RH_TOO_LARGE;
    }
    device->stream = stream;
    device->open = 1;
    memset(device->exchanges, 0, sizeof device->exchanges);
    device->in_count = device->schemas_count = 0;
    device->called_count = device->declared_count = 0;
    device->next_exchange = 0;
    device->waiting_done = 1;
    device->heard_ms = device->pinged_ms = now_ms();
    memset(device->error_text, 0, sizeof device->error_text);
    device->error_code = 0;
    for (unsigned i = 0; i < device->region_count; i++) {
        memset(device->regions[i].turns, 0, sizeof device->regions[i].turns);
    }
    return begin(device, name, token);
}

int rh_error_code(const rh_device *device) {
    return device->error_code;
}

const char *rh_error_text(const rh_device *device) {
    return device->error_text;
}

void rh_close(rh_device *device) {
    if (device->open) {
        put_le(body(device), 0, 2);
        send_frame(device, BYE, 0, 0, 0, 2);
        lost(device, 0);
    }
}
