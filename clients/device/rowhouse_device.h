/*
 * A thin device on Rowhouse's bus: offers functions and memory, and calls others, in C99 and some
 * kilobytes. It speaks the wire protocol (docs/protocol.md) and the binary form of records
 * (docs/encoding.md); docs/devices.md leads through an example.
 *
 * Everything lies in one struct that the program owns: nothing is allocated. One thread at a time
 * may use a device. All functions that can fail give 0 or more for success, and one of the negative
 * numbers below for failure.
 */
#ifndef ROWHOUSE_DEVICE_H
#define ROWHOUSE_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of the longest request or reply, either way. A larger one costs twice as much memory. */
#ifndef RH_MESSAGE_MAX
#define RH_MESSAGE_MAX 4096
#endif

/* Functions that a device offers, operations that it calls, and operations that its peer declares. */
#ifndef RH_OPERATIONS_MAX
#define RH_OPERATIONS_MAX 16
#endif

/* Regions of memory that a device offers. */
#ifndef RH_REGIONS_MAX
#define RH_REGIONS_MAX 4
#endif

/* Exchanges of items with the peer that a device has open at a time. */
#ifndef RH_EXCHANGES_MAX
#define RH_EXCHANGES_MAX 4
#endif

/* Bytes of items that wait in an exchange until the program takes them; at least 1024. */
#ifndef RH_WINDOW
#define RH_WINDOW 1024
#endif

/* Bytes for the schemas of peers that differ from the device's own, all together. */
#ifndef RH_SCHEMAS_MAX
#define RH_SCHEMAS_MAX 4096
#endif

enum {
    RH_LOST = -1,      /* the connection is gone */
    RH_TIMED_OUT = -2, /* no answer in time */
    RH_REFUSED = -3,   /* the peer refused the device, or its proof was wrong */
    RH_PROTOCOL = -4,  /* the peer broke the protocol */
    RH_TOO_LARGE = -5, /* more than RH_MESSAGE_MAX, or than the peer takes */
    RH_FULL = -6,      /* more than RH_OPERATIONS_MAX, RH_REGIONS_MAX or RH_SCHEMAS_MAX */
    RH_FAILED = -7,    /* the peer answered with an error: rh_error_code, rh_error_text */
    RH_MALFORMED = -8, /* bytes that do not fit their schema, or another type than asked for */
    RH_BUSY = -9,      /* a function must not call from within a call */
    RH_ENDED = -10     /* the peer has ended the exchange, or this side sends no more in it */
};

/* Errors that a function may give to its caller; the numbers of docs/reference.md. */
enum {
    RH_INVALID_ARGUMENT = 100,
    RH_INVALID_INPUT = 101,
    RH_NOT_FOUND = 110,
    RH_CONFLICT = 111,
    RH_LARGE = 112,
    RH_FORBIDDEN = 114,
    RH_FUNCTION_FAILED = 200,
    RH_OVERLOADED = 315
};

/* What may be done to a region, added together; a device's own is not watched. */
enum { RH_READ = 1, RH_WRITE = 2, RH_COMPARE_AND_SET = 4, RH_FETCH_ADD = 8, RH_WATCH = 16 };

/*
 * Bytes in order, both ways: TCP by rh_tcp, or any TLS library by three functions.
 * read: waits at most timeout_ms and gives how many bytes came, 0 if none did, -1 at the end.
 * write: gives all bytes away; 0, or -1 if it cannot.
 */
typedef struct {
    void *context;
    long (*read)(void *context, void *bytes, size_t most, int timeout_ms);
    int (*write)(void *context, const void *bytes, size_t count);
    void (*close)(void *context);
} rh_stream;

/* A value in the form in which its writer wrote it. */
typedef struct {
    const char *schemas;
    const char *schema;
    const uint8_t *at;
    const uint8_t *end;
} rh_value;

/* The items of a list that are still to come. */
typedef struct {
    rh_value next;
    uint64_t left;
} rh_items;

/* Where a value is written. */
typedef struct {
    uint8_t *at;
    uint8_t *end;
    int overflow;
} rh_writer;

/* Answers a call: writes the reply; 0, or one of the error numbers above. */
typedef int (*rh_function)(void *context, const rh_value *request, rh_writer *reply);

typedef struct {
    const char *name;
    const char *request;
    const char *reply;
    rh_function function;
    void *context;
} rh_offered;

typedef struct {
    const char *name;
    uint8_t *memory;
    uint64_t bytes;
    uint32_t verbs;
    uint64_t version;
    uint64_t turns[64];
    uint64_t versions[64];
    int64_t befores[64];
} rh_region;

typedef struct {
    const char *name;
    const char *request;
    const char *reply;
    const char *peer_reply;
    int answered;
    int known;
} rh_called;

typedef struct {
    uint16_t number;
    int16_t offered;
    int16_t verb;
    const char *request;
} rh_declared;

/* An exchange of items with the peer; what is in it is its own. It must stay until it is over. */
typedef struct {
    uint32_t number;
    uint16_t operation;
    uint64_t connection; /* the incarnation of the device that it was opened in */
    int over, ended, peer_ended, lent, joining;
    uint64_t credit;         /* bytes that may be sent */
    uint32_t granted, owed;  /* bytes that the peer may send; that it is to be allowed again */
    uint32_t joined_credit;  /* of the item that is being joined */
    size_t count, whole, joined_at;
    uint8_t in[RH_MESSAGE_MAX + RH_WINDOW];
} rh_exchange;

/* A region of the peer's. */
typedef struct {
    uint64_t handle, incarnation, bytes;
    uint32_t verbs;
} rh_far;

/* A device; what is in it is its own. */
typedef struct {
    rh_stream stream;
    rh_exchange *exchanges[RH_EXCHANGES_MAX];
    rh_offered offered[RH_OPERATIONS_MAX];
    rh_region regions[RH_REGIONS_MAX];
    rh_called called[RH_OPERATIONS_MAX];
    rh_declared declared[RH_OPERATIONS_MAX * 2];
    unsigned offered_count, region_count, called_count, declared_count;
    uint32_t peer_frame, peer_message, peer_window;
    uint32_t next_exchange, waiting_for;
    uint64_t incarnation; /* drawn for each connection */
    int64_t heard_ms, pinged_ms;
    int open, answering, waiting_done, waiting_result;
    uint8_t *answer;
    size_t answer_max, answer_count;
    uint16_t error_code;
    char error_text[128];
    size_t in_count, schemas_count;
    uint8_t in[12 + 64 + RH_MESSAGE_MAX];
    uint8_t out[12 + 64 + RH_MESSAGE_MAX];
    char schemas[RH_SCHEMAS_MAX];
} rh_device;

/* Makes a device that offers nothing and is not connected. */
void rh_init(rh_device *device);

/* Offers a function, before rh_connect. The texts and the context must stay. */
int rh_offer(rh_device *device, const char *name, const char *request, const char *reply,
             rh_function function, void *context);

/* Offers memory as a region, before rh_connect: its cells are 64 bits, little-endian. */
int rh_export(rh_device *device, const char *name, void *memory, size_t bytes, uint32_t verbs);

/* Reads and writes a cell of an offered region from within the program; cells count from 0. */
int64_t rh_cell(const void *memory, size_t cell);
void rh_set_cell(rh_device *device, void *memory, size_t cell, int64_t value);

/* A TCP connection; 0 or RH_LOST. The host may be a name. */
int rh_tcp(rh_stream *stream, const char *host, const char *port);

/* What a stream over UDP keeps: bytes that came, and pieces that are not acknowledged. */
enum { RH_UDP_PIECE = 1000, RH_UDP_PIECES = 6, RH_UDP_WINDOW = 8 * RH_UDP_PIECE };

/* A stream over UDP; what is in it is its own. It must stay until the stream is closed. */
typedef struct {
    int socket, pauses, has_come, owes, open;
    uint32_t number, peer_number;
    uint8_t key_out[32], key_in[32];
    uint64_t packet, largest, seen[4];
    uint64_t come, sent, takes, ends;
    int64_t again_ms, heard_ms, said_ms;
    size_t ready, pieces;
    struct {
        uint64_t offset, numbers[4];
        unsigned times;
        uint16_t count;
        uint8_t bytes[RH_UDP_PIECE];
    } piece[RH_UDP_PIECES];
    uint8_t in[RH_UDP_WINDOW];
} rh_udp_state;

/*
 * A stream over UDP, for links that lose much: what is lost is sent again, and all of it is sealed
 * by ChaCha20-Poly1305 under keys made of the token. Give rh_connect the same name and no token.
 * 0, RH_LOST, or RH_REFUSED.
 */
int rh_udp(rh_stream *stream, rh_udp_state *state, const char *host, const char *port,
           const char *name, const char *token);

/*
 * Begins with the peer. The token is the node's, or null if the stream shows by a certificate who
 * the device is. A stream that failed is closed. Exchanges of a connection before are lost, with
 * the items that wait in them; replies and items of it must not be read any more.
 */
int rh_connect(rh_device *device, rh_stream stream, const char *name, const char *token);

/* Answers what the peer asks for so long, at least once; 0 when the time is over. */
int rh_serve(rh_device *device, int timeout_ms);

/* Begins a request: what is put into the writer is its content. */
rh_writer rh_request(rh_device *device);

/*
 * Calls an operation of the peer with what was written since rh_request, and answers the peer's own
 * calls meanwhile. The reply lies in the buffer, which must stay while it is read.
 */
int rh_call(rh_device *device, const char *name, const char *request, const char *reply,
            rh_writer *written, void *buffer, size_t buffer_bytes, rh_value *result,
            int timeout_ms);

/*
 * Opens an exchange of items with an operation of the peer, with what was written since rh_request.
 * The items that come are of the schema reply; those that are sent stand in the schema request
 * behind a line break, as "Request{...}\nItem{...}". They are sent and received in any order.
 */
int rh_open(rh_device *device, rh_exchange *exchange, const char *name, const char *request,
            const char *reply, rh_writer *written);

/*
 * Takes the next item, which stays until the next one is taken: 1; 0 if the peer sends no more;
 * RH_TIMED_OUT if none came in time, and more may come. The peer's calls are answered meanwhile;
 * items that come while the program does other things wait, and their sender then waits too.
 */
int rh_receive(rh_device *device, rh_exchange *exchange, rh_value *item, int timeout_ms);

/* Writes an item, or anything else, into the program's own memory: its length is at - buffer. */
rh_writer rh_item(void *buffer, size_t bytes);

/* Sends an item; waits for so long while the peer lets no more come. One frame must hold it. */
int rh_send(rh_device *device, rh_exchange *exchange, const void *item, size_t bytes,
            int timeout_ms);

/* Says that this side sends no more; the other may go on. */
int rh_end(rh_device *device, rh_exchange *exchange);

/* Ends an exchange that is not over: the peer is told. */
void rh_cancel(rh_device *device, rh_exchange *exchange);

/* Opens a region of the peer's, by its name. */
int rh_find(rh_device *device, const char *region, rh_far *far, int timeout_ms);

/*
 * Watches bytes of a region as an exchange: its items are what they hold now, and then the latest
 * of what they hold as it changes. RH_FAILED of rh_receive with the error 111 means that the region
 * began anew: find it again.
 */
int rh_watch(rh_device *device, rh_exchange *exchange, const rh_far *far, uint64_t offset,
             uint32_t count);

/*
 * What an item of a watch tells: 0, or RH_MALFORMED and no bytes. The version grows with every
 * change. How many bytes there are is the peer's word: look before reading cells.
 */
int rh_watched(const rh_value *item, uint64_t *version, const uint8_t **bytes, size_t *count);

/* What the peer said about the last RH_FAILED or RH_REFUSED. */
int rh_error_code(const rh_device *device);
const char *rh_error_text(const rh_device *device);

/* Tells the peer and closes the stream. */
void rh_close(rh_device *device);

/*
 * Reading. A field that its writer did not have, or left empty, is not there: 0 instead of 1.
 * Numbers may have been written shorter or longer than they are read.
 */
int rh_field(const rh_value *record, const char *name, rh_value *field);
int rh_int(const rh_value *value, int64_t *number);
int rh_double(const rh_value *value, double *number);
int rh_bool(const rh_value *value, int *flag);
int rh_text(const rh_value *value, const char **text, size_t *bytes);
int rh_list(const rh_value *value, rh_items *items);
int rh_next(rh_items *items, rh_value *item);

/* Writing, in the order of the schema's fields. What does not fit is told by rh_call. */
void rh_put_int(rh_writer *to, int64_t number);
void rh_put_double(rh_writer *to, double number);
void rh_put_bool(rh_writer *to, int flag);
void rh_put_text(rh_writer *to, const char *text);
void rh_put_bytes(rh_writer *to, const void *bytes, size_t count);
/* Before each list: how many items follow. */
void rh_put_count(rh_writer *to, size_t items);
/* Before each value that may be absent: whether it follows. */
void rh_put_present(rh_writer *to, int present);

#ifdef __cplusplus
}
#endif

#endif
