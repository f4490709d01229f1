/*
 * Tests of rowhouse_device.c by itself: the known answers of SHA-256 and HMAC, reading by schemas
 * that are not the device's own, and hostile bytes. Build it with the sanitizers.
 *
 *   cc -std=c99 -fsanitize=address,undefined -I.. selftest.c -o selftest && ./selftest 1 20000
 */
#include "../rowhouse_device.c"

#include <stdio.h>
#include <stdlib.h>

static int failures;

static void check(int good, const char *what) {
    if (!good) {
        failures++;
        fprintf(stderr, "FAILED: %s\n", what);
    }
}

static void digests(void) {
    static const uint8_t ABC[DIGEST] = {
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22,
        0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00,
        0x15, 0xad
    };
    uint8_t digest[DIGEST];
    sha256 hash;
    sha256_begin(&hash);
    sha256_add(&hash, "abc", 3);
    sha256_end(&hash, digest);
    check(same(digest, ABC, DIGEST), "SHA-256 of abc (FIPS 180-4)");
    sha256_begin(&hash);
    for (int i = 0; i < 1000000; i++) {
        sha256_add(&hash, "a", 1);
    }
    sha256_end(&hash, digest);
    check(digest[0] == 0xcd && digest[1] == 0xc7 && digest[31] == 0xd0, "SHA-256 of a million a");
}

/* The example of RFC 8439, 2.8.2. */
static void seal(void) {
    static const char TEXT[] =
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
        "future, sunscreen would be it.";
    static const uint8_t HEADER_BYTES[12] = {
        0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7
    };
    static const uint8_t NONCE_BYTES[NONCE] = {
        0x07, 0, 0, 0, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47
    };
    static const uint8_t SEALED[4] = {0xd3, 0x1a, 0x8d, 0x34};
    static const uint8_t EXPECTED[TAG] = {
        0x1a, 0xe1, 0x0b, 0x59, 0x4f, 0x09, 0xe2, 0x6a, 0x7e, 0x90, 0x2e, 0xcb, 0xd0, 0x60, 0x06,
        0x91
    };
    uint8_t key[32], bytes[sizeof TEXT - 1], tag[TAG];
    for (int i = 0; i < 32; i++) {
        key[i] = (uint8_t)(0x80 + i);
    }
    memcpy(bytes, TEXT, sizeof bytes);
    chacha(key, NONCE_BYTES, bytes, sizeof bytes);
    tag_of(key, NONCE_BYTES, HEADER_BYTES, sizeof HEADER_BYTES, bytes, sizeof bytes, tag);
    check(same(bytes, SEALED, 4), "ChaCha20 (RFC 8439)");
    check(same(tag, EXPECTED, TAG), "Poly1305 (RFC 8439)");
}

static void fields(void) {
    static const char SCHEMA[] =
        "Reading{unit:Unit(C,F),place:Place{name:str,at:[f64]},more:{str:i64}?,"
        "celsius:f32,count:i16,again:Place?,what:Shape<Dot{},Box{side:i64}>,note:str?}";
    uint8_t bytes[256];
    rh_writer to = {bytes, bytes + sizeof bytes, 0};
    rh_put_count(&to, 1);          /* unit: F */
    rh_put_text(&to, "hall");      /* place */
    rh_put_count(&to, 2);
    rh_put_double(&to, 1.5);
    rh_put_double(&to, -2);
    rh_put_present(&to, 1);        /* more */
    rh_put_count(&to, 1);
    rh_put_text(&to, "k");
    rh_put_int(&to, -7);
    float half = 0.5f;
    put(&to, &half, 4);            /* celsius, on a little-endian machine */
    rh_put_int(&to, -300);         /* count */
    rh_put_present(&to, 1);        /* again */
    rh_put_text(&to, "yard");
    rh_put_count(&to, 0);
    rh_put_count(&to, 1);          /* what: Box */
    rh_put_int(&to, 9);
    rh_put_present(&to, 0);        /* note */
    rh_value record = whole(SCHEMA, bytes, (size_t)(to.at - bytes));
    rh_value field, inner, item;
    rh_items items;
    double number = 0;
    int64_t count = 0;
    const char *text = NULL;
    size_t length = 0;
    check(rh_field(&record, "celsius", &field) == 1 && rh_double(&field, &number) == 1
              && number == 0.5, "a shorter number behind fields of all forms");
    check(rh_field(&record, "count", &field) == 1 && rh_int(&field, &count) == 1 && count == -300,
          "a whole number");
    check(rh_field(&record, "again", &field) == 1 && rh_field(&field, "name", &inner) == 1
              && rh_text(&inner, &text, &length) == 1 && length == 4
              && memcmp(text, "yard", 4) == 0, "a record by the name of its type");
    check(rh_field(&record, "place", &field) == 1 && rh_field(&field, "at", &inner) == 1
              && rh_list(&inner, &items) == 1 && rh_next(&items, &item) == 1
              && rh_next(&items, &item) == 1 && rh_double(&item, &number) == 1 && number == -2
              && rh_next(&items, &item) == 0, "a list");
    check(rh_field(&record, "note", &field) == 0, "an absent field");
    check(rh_field(&record, "unknown", &field) == 0, "a field that the writer does not have");
    check(rh_field(&record, "count", &field) == 1 && rh_text(&field, &text, &length)
              == RH_MALFORMED, "a number is no text");
    for (size_t cut = 0; cut < (size_t)(to.at - bytes); cut++) {
        rh_value less = whole(SCHEMA, bytes, cut);
        check(skip(&less, 0) == RH_MALFORMED, "a record that is cut short");
    }
}

/* A stream that gives what a seed chooses, and takes everything. */
typedef struct {
    uint64_t seed;
    const uint8_t *bytes;
    size_t left;
} hostile;

static uint64_t draw(uint64_t *seed) { /* Marsaglia's xorshift */
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static long hostile_read(void *context, void *bytes, size_t most, int timeout_ms) {
    hostile *its = context;
    (void)timeout_ms;
    if (its->left == 0 || most == 0) {
        return -1;
    }
    size_t count = 1 + (size_t)(draw(&its->seed) % 300);
    count = count > most ? most : count;
    count = count > its->left ? its->left : count;
    memcpy(bytes, its->bytes, count);
    its->bytes += count;
    its->left -= count;
    return (long)count;
}

static int hostile_write(void *context, const void *bytes, size_t count) {
    (void)context;
    (void)bytes;
    (void)count;
    return 0;
}

static void hostile_close(void *context) {
    (void)context;
}

static long echoed, items_taken;

static int echo(void *context, const rh_value *request, rh_writer *reply) {
    rh_value field;
    rh_items items;
    const char *text;
    size_t length;
    (void)context;
    echoed++;
    if (rh_field(request, "text", &field) == 1 && rh_text(&field, &text, &length) == 1) {
        rh_put_bytes(reply, text, length);
    }
    if (rh_field(request, "list", &field) == 1 && rh_list(&field, &items) == 1) {
        while (rh_next(&items, &field) == 1) {
            int64_t number;
            if (rh_int(&field, &number) == 1) {
                rh_put_int(reply, number);
            }
        }
    }
    return 0;
}

static size_t frame(uint8_t *to, int kind, int flags, unsigned operation, uint32_t exchange,
                    const void *content, size_t count) {
    put_le(to, count, 4);
    to[4] = (uint8_t)kind;
    to[5] = (uint8_t)flags;
    put_le(to + 6, operation, 2);
    put_le(to + 8, exchange, 4);
    memcpy(to + HEADER, content, count);
    return HEADER + count;
}

static size_t welcome(uint8_t *to) {
    uint8_t content[20];
    memset(content, 0, sizeof content);
    put_le(content, 1, 2);
    put_le(content + 2, 65536, 4);
    put_le(content + 6, 65536, 4);
    put_le(content + 14, 1024, 4);
    return frame(to, WELCOME, 0, 0, 0, content, sizeof content);
}

/* What a peer says in exchange 1: items whole and in parts, some of them beyond the credit. */
static size_t exchanged(uint8_t *to, uint64_t *seed) {
    uint8_t content[512];
    size_t length = 0, at = 1;
    content[0] = 1;
    at += put_text(content + at, "Ask{n:i64}");
    at += put_text(content + at, draw(seed) % 4 == 0 ? "Echo{text:str}" : RAW);
    length += frame(to + length, DECLARED, 0, 1, 0, content, at);
    memset(content, 3, sizeof content);
    for (uint64_t items = draw(seed) % 8; items > 0; items--) {
        length += frame(to + length, ITEM, draw(seed) % 2 ? MORE : 0, 0, 1, content,
                        (size_t)(draw(seed) % (draw(seed) % 8 ? 200 : 500)));
    }
    put_le(content, draw(seed) % 2 ? 100 : 0x7fffffff, 4);
    length += frame(to + length, CREDIT, 0, 0, 1, content, 4);
    return length + frame(to + length, draw(seed) % 2 ? END : REPLY, 0, 0, 1, content, 0);
}

/* A good conversation, with some of its bytes changed. */
static size_t conversation(uint8_t *to, uint64_t *seed) {
    static const char *const SCHEMAS[] = {
        "Echo{text:str,list:[i64]}", "Echo{more:Echo?,text:str?,list:[i32]?}",
        "Echo{u:U<A{},B{x:[Echo]}>,text:str}", "{str:[{i64:bytes}]}", "Echo{"
    };
    uint8_t content[512];
    size_t length = 0;
    length += welcome(to);
    for (unsigned i = 1; i <= 2; i++) {
        const char *schema = SCHEMAS[draw(seed) % 5];
        size_t at = put_text(content, i == 1 ? "echo" : "rowhouse.memory/read");
        at += put_text(content + at, i == 1 ? schema : "bytes");
        at += put_text(content + at, i == 1 ? "Echo{text:str,list:[i64]}" : "bytes");
        length += frame(to + length, DECLARE, 0, i, 0, content, at);
        for (size_t j = 0; j < 64; j++) {
            content[j] = (uint8_t)(draw(seed) % 5);
        }
        length += frame(to + length, CALL, draw(seed) % 4 == 0 ? DEADLINE : 0, i, 2 * i, content,
                        (size_t)(draw(seed) % (draw(seed) % 2 ? 12 : 64)));
    }
    length += exchanged(to + length, seed);
    for (uint64_t changes = draw(seed) % 4; changes > 0; changes--) {
        to[draw(seed) % length] = (uint8_t)draw(seed);
    }
    return length;
}

/* Items in parts are joined, what was taken is credited, and more than the credit is refused. */
static void items(void) {
    static rh_device device;
    static rh_exchange exchange;
    static uint8_t bytes[16384], part[RH_WINDOW / 2 - ITEM_COST];
    uint64_t seed = 1;
    size_t length = welcome(bytes), at = 1;
    uint8_t known[64] = {1};
    rh_value item;
    at += put_text(known + at, "void");
    at += put_text(known + at, RAW);
    length += frame(bytes + length, DECLARED, 0, 1, 0, known, at);
    for (int i = 0; i < 8; i++) { /* one item of seven parts and 9 bytes */
        memset(part, i, sizeof part);
        length += frame(bytes + length, ITEM, i < 7 ? MORE : 0, 0, 1, part,
                        i < 7 ? sizeof part : 9);
    }
    length += frame(bytes + length, ITEM, 0, 0, 1, "last", 4);
    length += frame(bytes + length, REPLY, 0, 0, 1, "", 0);
    hostile its = {seed, bytes, length};
    rh_stream stream = {&its, hostile_read, hostile_write, hostile_close};
    rh_init(&device);
    check(rh_connect(&device, stream, "items", NULL) == 0, "a good beginning");
    rh_writer request = rh_request(&device);
    check(rh_open(&device, &exchange, "items", "void", RAW, &request) == 0, "an exchange");
    check(rh_receive(&device, &exchange, &item, 1000) == 1
              && (size_t)(item.end - item.at) == 7 * sizeof part + 9 && item.at[0] == 0
              && item.at[sizeof part] == 1 && item.end[-1] == 7, "an item in parts");
    check(rh_receive(&device, &exchange, &item, 0) == 1 && item.end - item.at == 4
              && memcmp(item.at, "last", 4) == 0, "the next item, which is there, in no time");
    check(rh_receive(&device, &exchange, &item, 1000) == 0, "the end");
    check(rh_send(&device, &exchange, "", 0, 10) == RH_ENDED, "nothing is sent behind the end");
    length = welcome(bytes);
    for (int i = 0; i < 3; i++) {
        length += frame(bytes + length, ITEM, 0, 0, 1, part, sizeof part);
    }
    hostile greedy = {seed, bytes, length};
    stream.context = &greedy;
    rh_init(&device);
    check(rh_connect(&device, stream, "items", NULL) == 0, "a good beginning again");
    request = rh_request(&device);
    check(rh_open(&device, &exchange, "items", "void", RAW, &request) == 0, "an exchange again");
    check(rh_serve(&device, 1000) == RH_PROTOCOL, "a third item without credit is refused");
    check(exchange.over == RH_LOST, "which ends the exchange");
}

/* A peer that says the same again and again behind its first words, for as long as it lives. */
typedef struct {
    uint8_t bytes[512];
    size_t at, again, count;
    int64_t ends_ms;
    int last_kind; /* of the frames that the device sent */
} flood;

static long flood_read(void *context, void *bytes, size_t most, int timeout_ms) {
    flood *its = context;
    (void)timeout_ms;
    if (now_ms() >= its->ends_ms) {
        return -1;
    }
    for (size_t i = 0; i < most; i++) {
        ((uint8_t *)bytes)[i] = its->bytes[its->at++];
        its->at = its->at == its->count ? its->again : its->at;
    }
    return (long)most;
}

static int flood_write(void *context, const void *bytes, size_t count) {
    flood *its = context;
    its->last_kind = count >= HEADER ? ((const uint8_t *)bytes)[4] : its->last_kind;
    return 0;
}

/* A peer that keeps sending other things does not keep those who wait beyond their time. */
static void times_are_kept(int kind, const char *what) {
    static rh_device device;
    static rh_exchange exchange;
    uint8_t content[64] = {0}, buffer[64];
    size_t at;
    rh_value item;
    flood its = {.ends_ms = now_ms() + 5000};
    its.count = welcome(its.bytes);
    at = put_text(content, "echo");
    at += put_text(content + at, "void");
    at += put_text(content + at, "void");
    its.count += frame(its.bytes + its.count, DECLARE, 0, 1, 0, content, at);
    its.again = its.count;
    its.count += frame(its.bytes + its.count, kind, kind == ITEM ? MORE : 0, kind == CALL,
                       kind == CALL ? 2 : kind == ITEM, content, kind == PING ? 8 : 0);
    rh_stream stream = {&its, flood_read, flood_write, hostile_close};
    rh_init(&device);
    rh_offer(&device, "echo", "void", "void", echo, NULL);
    check(rh_connect(&device, stream, "flood", NULL) == 0, "a beginning before a flood");
    rh_writer request = rh_request(&device);
    check(rh_open(&device, &exchange, "items", "void\nbytes", RAW, &request) == 0, what);
    check(rh_receive(&device, &exchange, &item, 20) == RH_TIMED_OUT, what);
    for (int i = 0; i < 2; i++) {
        check(rh_send(&device, &exchange, its.bytes, 1024 / 2 - ITEM_COST, 20) == 0, what);
    }
    check(rh_send(&device, &exchange, "some", 4, 20) == RH_TIMED_OUT, what);
    request = rh_request(&device);
    check(rh_call(&device, "slow", "void", "void", &request, buffer, sizeof buffer, &item, 20)
              == RH_TIMED_OUT && its.last_kind == CANCEL, what);
    check(rh_serve(&device, 20) == 0, what);
    check(now_ms() < its.ends_ms, what);
}

/* What a peer says that declares the reply of operation 1, and then sends items in exchange 1. */
static size_t declared_items(uint8_t *to, const char *reply, int items) {
    uint8_t known[64] = {1};
    size_t length = welcome(to), at = 1;
    at += put_text(known + at, "void");
    at += put_text(known + at, reply);
    length += frame(to + length, DECLARED, 0, 1, 0, known, at);
    for (int i = 0; i < items; i++) {
        length += frame(to + length, ITEM, 0, 0, 1, "\2\4", 2);
    }
    return length;
}

/* Items that were left in an exchange are not read by the schemas of a later connection. */
static void connections(int closes) {
    static rh_device device;
    static rh_exchange before, after;
    static uint8_t bytes[1024];
    rh_value item, field;
    int64_t number = 0;
    hostile its = {1, bytes, declared_items(bytes, "Two{a:i64,b:i64}", 2)};
    rh_stream stream = {&its, hostile_read, hostile_write, hostile_close};
    rh_init(&device);
    check(rh_connect(&device, stream, "again", NULL) == 0, "a first connection");
    rh_writer request = rh_request(&device);
    check(rh_open(&device, &before, "items", "void", "One{b:i64}", &request) == 0, "its exchange");
    if (closes) {
        check(rh_serve(&device, 1000) == RH_LOST, "it is lost");
    }
    check(rh_receive(&device, &before, &item, 1000) == 1
              && rh_field(&item, "b", &field) == 1 && rh_int(&field, &number) == 1 && number == 2,
          "an item that came is read though the connection is lost");
    its = (hostile){1, bytes, declared_items(bytes, "Two{b:i64,a:i64}", 1)};
    check(rh_connect(&device, stream, "again", NULL) == 0, "a second connection");
    request = rh_request(&device);
    check(rh_open(&device, &after, "items", "void", "One{b:i64}", &request) == 0,
          "an exchange of the same number");
    check(rh_receive(&device, &after, &item, 1000) == 1
              && rh_field(&item, "b", &field) == 1 && rh_int(&field, &number) == 1 && number == 1,
          "its item");
    check(rh_receive(&device, &before, &item, 0) == RH_LOST, "the item left behind is not read");
    check(rh_send(&device, &before, "", 0, 0) == RH_LOST && rh_end(&device, &before) == RH_LOST,
          "an exchange of the connection before is lost");
    rh_cancel(&device, &before);
    check(rh_end(&device, &after) == 0, "and the other one is not");
}

/* What is no item of a watch gives no bytes. */
static void watched(void) {
    static const uint8_t ITEM_BYTES[24] = {7, 0, 0, 0, 0, 0, 0, 0, 5};
    const uint8_t *bytes = ITEM_BYTES;
    uint64_t version = 1;
    size_t count = 1;
    rh_value item = whole(RAW, ITEM_BYTES, 7);
    check(rh_watched(&item, &version, &bytes, &count) == RH_MALFORMED && version == 0
              && bytes == NULL && count == 0, "an item of a watch that is too short");
    item = whole(RAW, ITEM_BYTES, sizeof ITEM_BYTES);
    check(rh_watched(&item, &version, &bytes, &count) == 0 && version == 7 && count == 16
              && rh_cell(bytes, 0) == 5, "an item of a watch");
}

/* Takes what comes in exchange 1; whether the device still has its connection. */
static void take_items(rh_device *device) {
    static rh_exchange exchange;
    rh_value item, field;
    rh_writer request = rh_request(device);
    rh_put_int(&request, 1);
    if (rh_open(device, &exchange, "items", "Ask{n:i64}", "Echo{text:str}", &request) < 0) {
        return;
    }
    for (int got = 1; got == 1 || got == RH_MALFORMED;) {
        got = rh_receive(device, &exchange, &item, 10);
        items_taken += got == 1;
        if (got == 1) {
            (void)rh_field(&item, "text", &field);
            (void)rh_send(device, &exchange, "some", 4, 0);
        }
    }
    (void)rh_end(device, &exchange);
    rh_cancel(device, &exchange);
}

static void hostile_bytes(uint64_t seed, long rounds) {
    static rh_device device;
    static uint64_t cells[4];
    static uint8_t bytes[4096];
    for (long i = 0; i < rounds; i++) {
        hostile its = {seed, bytes, conversation(bytes, &seed)};
        rh_stream stream = {&its, hostile_read, hostile_write, hostile_close};
        rh_init(&device);
        rh_offer(&device, "echo", "Echo{text:str,list:[i64]}", "Echo{text:str,list:[i64]}", echo,
                 NULL);
        rh_export(&device, "cells", cells, sizeof cells, RH_READ | RH_WRITE);
        if (rh_connect(&device, stream, "fuzz", NULL) == 0) {
            if (draw(&seed) % 2) {
                take_items(&device);
            }
            check(rh_serve(&device, 1000) < 0, "the stream ends");
        }
    }
    check(items_taken > rounds / 200, "some of the items are good enough to be taken");
    check(echoed > rounds / 200, "some of the calls are good enough to be answered");
}

int main(int count, char **words) {
    uint64_t seed = count > 1 ? strtoull(words[1], NULL, 10) : 1;
    digests();
    seal();
    fields();
    items();
    times_are_kept(PING, "times are kept though the peer pings");
    times_are_kept(CALL, "times are kept though the peer calls");
    times_are_kept(ITEM, "times are kept though items never end");
    connections(1);
    connections(0);
    watched();
    hostile_bytes(seed * 2 + 1, count > 2 ? atol(words[2]) : 20000);
    printf("selftest: %d failures, seed %llu\n", failures, (unsigned long long)seed);
    return failures == 0 ? 0 : 1;
}
