/*
 * A thermometer: offers its reading as a function and as cells, and reports to whoever listens.
 *
 *   cc -std=c99 -Os -I.. thermometer.c ../rowhouse_device.c -o thermometer
 *   ./thermometer HOST PORT NAME TOKEN-FILE [udp]
 *
 * It connects again when the connection is lost, each time a little later.
 */
#define _POSIX_C_SOURCE 200809L
#include "rowhouse_device.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define READING "Reading{celsius:f64,at:i64,note:str?}"
#define SET "Set{interval_ms:i64}"
#define TAKEN "Taken{count:i64}"

enum { MILLI_DEGREES, INTERVAL_MS, REPORTS, CELLS };
enum { INTERVAL_LEAST_MS = 10, INTERVAL_MOST_MS = 3600000, PAUSE_MOST_S = 30 };

static rh_device device;
static uint64_t cells[CELLS];

/* Where a real one would ask its sensor. */
static int64_t measure(void) {
    return 20000 + (int64_t)(time(NULL) % 60) * 10;
}

static void put_reading(rh_writer *to) {
    int64_t milli = measure();
    rh_set_cell(&device, cells, MILLI_DEGREES, milli);
    rh_put_double(to, (double)milli / 1000);
    rh_put_int(to, (int64_t)time(NULL));
    rh_put_present(to, 0);
}

static int read_it(void *context, const rh_value *request, rh_writer *reply) {
    (void)context;
    (void)request;
    put_reading(reply);
    return 0;
}

static int set_it(void *context, const rh_value *request, rh_writer *reply) {
    rh_value field;
    int64_t wanted;
    (void)context;
    if (rh_field(request, "interval_ms", &field) != 1 || rh_int(&field, &wanted) != 1) {
        return RH_INVALID_INPUT;
    }
    if (wanted < INTERVAL_LEAST_MS || wanted > INTERVAL_MOST_MS) {
        return RH_INVALID_ARGUMENT;
    }
    rh_put_int(reply, rh_cell(cells, INTERVAL_MS));
    rh_set_cell(&device, cells, INTERVAL_MS, wanted);
    return 0;
}

/* One report: 0, or what ended the connection. A peer that does not take reports is no failure. */
static int report(void) {
    uint8_t buffer[256];
    rh_value taken, count;
    int64_t reports;
    rh_writer request = rh_request(&device);
    put_reading(&request);
    int result = rh_call(&device, "plant/report", READING, TAKEN, &request, buffer, sizeof buffer,
                         &taken, 5000);
    if (result == 0 && rh_field(&taken, "count", &count) == 1 && rh_int(&count, &reports) == 1) {
        rh_set_cell(&device, cells, REPORTS, reports);
    }
    return result == RH_FAILED || result == RH_TIMED_OUT ? 0 : result;
}

static int work(const char *host, const char *port, const char *name, const char *token,
                int by_udp) {
    static rh_udp_state udp;
    rh_stream stream;
    int result = by_udp ? rh_udp(&stream, &udp, host, port, name, token)
                        : rh_tcp(&stream, host, port);
    if (result == 0) {
        result = rh_connect(&device, stream, name, by_udp ? NULL : token);
    }
    while (result == 0) {
        result = report();
        if (result == 0) {
            int64_t interval = rh_cell(cells, INTERVAL_MS);
            result = rh_serve(&device, (int)(interval < INTERVAL_LEAST_MS  ? INTERVAL_LEAST_MS
                                             : interval > INTERVAL_MOST_MS ? INTERVAL_MOST_MS
                                                                           : interval));
        }
    }
    return result;
}

static int read_token(const char *file, char *token, int most) {
    FILE *in = fopen(file, "r");
    if (in == NULL || fgets(token, most, in) == NULL) {
        perror(file);
        return -1;
    }
    fclose(in);
    token[strcspn(token, "\r\n")] = 0;
    return 0;
}

int main(int count, char **words) {
    char token[256];
    int by_udp = count == 6 && strcmp(words[5], "udp") == 0;
    if ((count != 5 && !by_udp) || read_token(words[4], token, sizeof token) != 0) {
        fprintf(stderr, "usage: thermometer HOST PORT NAME TOKEN-FILE [udp]\n");
        return 2;
    }
    rh_init(&device);
    rh_set_cell(&device, cells, INTERVAL_MS, 1000);
    rh_offer(&device, "thermometer/read", "void", READING, read_it, NULL);
    rh_offer(&device, "thermometer/set", SET, SET, set_it, NULL);
    rh_export(&device, "thermometer", cells, sizeof cells,
              RH_READ | RH_WRITE | RH_COMPARE_AND_SET | RH_FETCH_ADD);
    for (time_t pause = 1;; pause = pause < PAUSE_MOST_S ? 2 * pause : PAUSE_MOST_S) {
        time_t began = time(NULL);
        int result = work(words[1], words[2], words[3], token, by_udp);
        fprintf(stderr, "thermometer: the connection ended (%d) %s\n", result,
                rh_error_text(&device));
        if (result == RH_REFUSED) {
            return 1;
        }
        if (time(NULL) - began > 60) {
            pause = 1;
        }
        struct timespec rest = {pause, 0};
        nanosleep(&rest, NULL);
    }
}
