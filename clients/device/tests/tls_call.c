/*
 * Calls once over TLS and prints the answer: for the test of openssl_stream.h.
 *
 *   tls_call HOST PORT NAME TOKEN AUTHORITY-FILE
 */
#include "../examples/openssl_stream.h"

#include <stdio.h>

int main(int count, char **words) {
    static rh_device device;
    uint8_t buffer[64];
    rh_stream tcp, tls;
    rh_value taken, field;
    int64_t reports = 0;
    if (count != 6 || rh_tcp(&tcp, words[1], words[2]) != 0) {
        return 2;
    }
    rh_init(&device);
    int result = rh_openssl_over(&tls, tcp, words[1], words[5], NULL, NULL);
    if (result == 0) {
        result = rh_connect(&device, tls, words[3], words[4]);
    }
    if (result == 0) {
        rh_writer request = rh_request(&device);
        rh_put_double(&request, 21.5);
        rh_put_int(&request, 1);
        rh_put_present(&request, 1);
        rh_put_text(&request, "over TLS");
        result = rh_call(&device, "plant/report", "Reading{celsius:f64,at:i64,note:str?}",
                         "Taken{count:i64}", &request, buffer, sizeof buffer, &taken, 5000);
    }
    if (result == 0 && rh_field(&taken, "count", &field) == 1) {
        rh_int(&field, &reports);
    }
    printf("%d %lld\n", result, (long long)reports);
    rh_close(&device);
    return 0;
}
