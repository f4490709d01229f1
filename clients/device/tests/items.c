/*
 * Streams and watches of a device against a node, for tests; prints what it learns, a line each.
 *
 *   items HOST PORT NAME TOKEN count N     takes the items of an exchange of tests/count
 *   items HOST PORT NAME TOKEN sum N       sends N numbers in an exchange of tests/sum
 *   items HOST PORT NAME TOKEN watch NAME  watches the first two cells of a region, until one is 0
 */
#include "rowhouse_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER "Item{value:i64,text:str}"
enum { PATIENCE_MS = 20000 };

static rh_device device;
static rh_exchange exchange;

static long long value_of(const rh_value *item, size_t *text_bytes) {
    rh_value field;
    const char *text;
    int64_t number = -1;
    *text_bytes = 0;
    if (rh_field(item, "value", &field) == 1) {
        rh_int(&field, &number);
    }
    if (rh_field(item, "text", &field) == 1) {
        rh_text(&field, &text, text_bytes);
    }
    return number;
}

static int count(long most) {
    rh_value item;
    size_t bytes, total = 0;
    long items = 0, in_order = 1;
    rh_writer request = rh_request(&device);
    rh_put_int(&request, most);
    int result = rh_open(&device, &exchange, "tests/count", "Count{most:i64}", NUMBER, &request);
    while (result == 0 && (result = rh_receive(&device, &exchange, &item, PATIENCE_MS)) == 1) {
        in_order &= value_of(&item, &bytes) == items++;
        total += bytes;
        result = 0;
    }
    printf("%ld items, %lu bytes, %s\n", items, (unsigned long)total,
           in_order ? "in order" : "out of order");
    return result;
}

static int sum(long most) {
    rh_value item;
    size_t bytes;
    uint8_t buffer[64];
    rh_writer request = rh_request(&device);
    int result = rh_open(&device, &exchange, "tests/sum", "void\n" NUMBER, NUMBER, &request);
    for (long i = 0; i < most && result == 0; i++) {
        rh_writer to = rh_item(buffer, sizeof buffer);
        rh_put_int(&to, i);
        rh_put_text(&to, "a number");
        result = rh_send(&device, &exchange, buffer, (size_t)(to.at - buffer), PATIENCE_MS);
    }
    result = result == 0 ? rh_end(&device, &exchange) : result;
    if (result == 0 && rh_receive(&device, &exchange, &item, PATIENCE_MS) == 1) {
        printf("sum %lld\n", value_of(&item, &bytes));
        result = rh_receive(&device, &exchange, &item, PATIENCE_MS);
    }
    return result;
}

static int watch(const char *region) {
    rh_far far;
    rh_value item;
    uint64_t version = 0, before = 0;
    const uint8_t *bytes;
    size_t length;
    int64_t first = 1;
    int result = rh_find(&device, region, &far, PATIENCE_MS);
    if (result == 0) {
        printf("%llu bytes\n", (unsigned long long)far.bytes);
        result = rh_watch(&device, &exchange, &far, 0, 16);
    }
    while (result == 0 && first != 0
           && (result = rh_receive(&device, &exchange, &item, PATIENCE_MS)) == 1) {
        result = rh_watched(&item, &version, &bytes, &length);
        if (result != 0 || length != 16) {
            printf("%lu bytes, wrong\n", (unsigned long)length);
            break;
        }
        first = rh_cell(bytes, 0);
        printf("%lld %lld%s\n", (long long)first, (long long)rh_cell(bytes, 1),
               version >= before ? "" : " wrong");
        fflush(stdout);
        before = version;
    }
    rh_cancel(&device, &exchange);
    return result;
}

int main(int words, char **word) {
    rh_stream stream;
    if (words != 7 || rh_tcp(&stream, word[1], word[2]) != 0) {
        return 2;
    }
    rh_init(&device);
    int result = rh_connect(&device, stream, word[3], word[4]);
    if (result == 0) {
        result = strcmp(word[5], "count") == 0 ? count(atol(word[6]))
                 : strcmp(word[5], "sum") == 0 ? sum(atol(word[6]))
                                               : watch(word[6]);
    }
    printf("%d %d %s\n", result, rh_error_code(&device), rh_error_text(&device));
    rh_close(&device);
    return 0;
}
