/* Connecting to PostgreSQL, and connecting again: see db_postgres.h, invariants 1 and 2. */
#include <poll.h>
#include <string.h>

#include "core/base/text.h"
#include "core/storage/db_postgres.h"

#define SERVER_VERSION_MIN 130000

/* db_postgres.h, invariant 4. */
#define SETTINGS_OF_WRITER "SET plan_cache_mode = force_custom_plan"
#define SETTINGS_OF_READER "SET default_transaction_read_only = on"

static void ignore_notice(void *argument, const PGresult *result)
{
    (void)argument;
    (void)result;
}

/* Of a password whose @ or / was not escaped, libpq takes what is behind as host, port or name. */
static bool is_plausible(const PQconninfoOption *option)
{
    const char *value = option->val == NULL ? "" : option->val;
    if (text_equal(option->keyword, "host"))
        return value[0] == '@' || strchr(value, '@') == NULL; /* '@': a socket in memory */
    if (text_equal(option->keyword, "port"))
        return value[strspn(value, "0123456789,")] == '\0';
    return !text_equal(option->keyword, "dbname") || strchr(value, '@') == NULL ||
           strpbrk(value, ":/") == NULL;
}

/* libpq's own messages about a malformed address repeat parts of it, and a password may be one. */
static bool check_location(const char *location, struct error *err)
{
    char *ignored = NULL;
    PQconninfoOption *options = PQconninfoParse(location, &ignored);
    bool parsed = options != NULL;
    for (const PQconninfoOption *option = options; parsed && option->keyword != NULL; option++)
        parsed = is_plausible(option);
    PQconninfoFree(options);
    PQfreemem(ignored);
    if (parsed)
        return true;
    error_run(err, EXIT_CONFIG, "the address of the database is not one that libpq understands");
    return error_hint(err,
                      "postgresql://USER@HOST:PORT/NAME?sslmode=verify-full; characters such as "
                      "@ : / in a name or password are written %%40 %%3A %%2F");
}

static bool no_connection(const struct pg_db *db, bool again, struct error *err)
{
    char message[PG_FAILURE_SIZE];
    pg_connection_message(db, message, sizeof message);
    if (again) {
        error_retry(err, EXIT_TEMPORARY, "the database does not answer: %s", message);
        return error_hint(err, PG_AGAIN_HINT);
    }
    error_run(err, EXIT_UNAVAILABLE, "cannot connect to the database: %s", message);
    return error_hint(err, "check that the server runs and has the database and the user, and the "
                           "address, password and certificate that billmill was given");
}

/* What comes before dbname gives way to the address; what comes after it does not. */
static PGconn *connect_to(const char *location)
{
    static const char *const keywords[] = {
        "connect_timeout",           "keepalives_idle",  "keepalives_interval",
        "keepalives_count",          "tcp_user_timeout", "dbname",
        "fallback_application_name", "client_encoding",  NULL};
    const char *const values[] = {"10",     "30",       "10",   "3", "30000",
                                  location, "billmill", "UTF8", NULL};
    return PQconnectdbParams(keywords, values, 1);
}

static bool check_server(const struct pg_db *db, struct error *err)
{
    int version = PQserverVersion(db->conn);
    const char *encoding = PQparameterStatus(db->conn, "server_encoding");
    if (version < SERVER_VERSION_MIN)
        return error_run(err, EXIT_CONFIG,
                         "the server is PostgreSQL %d; billmill needs 13 or newer",
                         version / 10000);
    if (encoding != NULL && !text_equal(encoding, "UTF8")) {
        error_run(err, EXIT_CONFIG, "the database is encoded in %s, not in UTF8", encoding);
        return error_hint(err, "createdb --encoding=UTF8 --template=template0 NAME");
    }
    return true;
}

/* Invariant 2. */
static bool find_pool(struct pg_db *db, struct error *err)
{
    CLEANUP(pg_result_clear) PGresult *result = NULL;
    int64_t server_pid = 0;
    if (!pg_simple(db, "connecting", "SELECT pg_backend_pid()", &result, err))
        return false;
    db->pooled = !text_parse_i64(PQgetvalue(result, 0, 0), &server_pid) ||
                 server_pid != PQbackendPID(db->conn);
    return true;
}

static bool set_up(struct pg_db *db, struct error *err)
{
    bool reader = db->base.mode == DB_READ;
    return db->pooled ||
           pg_simple(db, "settings", reader ? SETTINGS_OF_READER : SETTINGS_OF_WRITER, NULL, err);
}

bool pg_connect(struct pg_db *db, bool again, struct error *err)
{
    PQfinish(db->conn);
    db->conn = connect_to(db->location);
    db->connection_no++;
    db->limited_to_s = 0;
    if (db->conn == NULL || PQstatus(db->conn) != CONNECTION_OK)
        return no_connection(db, again, err);
    (void)PQsetNoticeReceiver(db->conn, ignore_notice, NULL);
    return check_server(db, err) && find_pool(db, err) && set_up(db, err);
}

/* A server that went away has closed its end: that can be seen before anything is sent. */
static bool is_alive(const struct pg_db *db)
{
    struct pollfd input = {.fd = PQsocket(db->conn), .events = POLLIN};
    while (PQstatus(db->conn) == CONNECTION_OK && poll(&input, 1, 0) == 1)
        if (PQconsumeInput(db->conn) == 0) /* its last words first, then the end */
            return false;
    return PQstatus(db->conn) == CONNECTION_OK;
}

bool pg_usable(struct pg_db *db, const char *what, struct error *err)
{
    if (pg_in_transaction(db))
        return PQstatus(db->conn) == CONNECTION_OK || pg_fail(db, what, NULL, err);
    /* Still in a transaction: its ROLLBACK did not get through. */
    bool idle = is_alive(db) && PQtransactionStatus(db->conn) == PQTRANS_IDLE;
    return idle || pg_connect(db, true, err) || error_context(err, "%s", what);
}

bool db_postgres_open(const struct db_options *options, struct db **ret_db, struct error *err)
{
    size_t size = strlen(options->location) + 1;
    if (!check_location(options->location, err))
        return false;
    struct pg_db *db = memory_alloc(sizeof *db, "a database connection");
    *db = (struct pg_db){
        .base = {.driver = &postgres_driver, .mode = options->mode}
    };
    db->location = memory_alloc(size, "the address of a database");
    memcpy(db->location, options->location, size);
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        db->statements[i].name = statement_name((enum statement_id)i);
        db->statements[i].text = statement_text_postgres((enum statement_id)i);
    }
    if (!pg_connect(db, false, err)) {
        postgres_driver.close(&db->base);
        return false;
    }
    *ret_db = &db->base;
    return true;
}
