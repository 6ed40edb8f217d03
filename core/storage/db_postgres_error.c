/* PostgreSQL's SQLSTATEs as errors of billmill: db.h, invariant 5. Only the primary message is
 * shown: the details of the server may hold values of a row. */
#include <string.h>

#include "core/base/text.h"
#include "core/storage/db_postgres.h"

#define TRANSACTION_FAILED "25P02"

/* What a SQLSTATE means to billmill; the first that matches, by its beginning. */
enum meaning { AGAIN, ITEM, DISK_FULL, READ_ONLY, NO_RIGHT, IO, DAMAGED, UNREACHABLE, NO_MEMORY };
static const struct {
    const char *begins;
    enum meaning meaning;
} meanings[] = {
    {"08",    AGAIN      }, /* connection */
    {"40",    AGAIN      }, /* serialization failure, deadlock, completion unknown */
    {"55P03", AGAIN      }, /* lock not available */
    {"55006", AGAIN      }, /* object in use */
    {"57P01", AGAIN      }, /* administrator's shutdown */
    {"57P02", AGAIN      }, /* crash of another process of the server */
    {"57P03", AGAIN      }, /* starting up or shutting down */
    {"57P05", AGAIN      }, /* idle session ended */
    {"57014", AGAIN      }, /* cancelled, or the statement's time is over */
    {"25P03", AGAIN      }, /* idle in transaction for too long */
    {"25P04", AGAIN      }, /* transaction for too long */
    {"53300", AGAIN      }, /* too many connections */
    {"26000", AGAIN      }, /* a named statement that is not there: another connection of a pool … */
    {"42P05", AGAIN      }, /* … or one that is there already: see pg_fail */
    {"22",    ITEM       }, /* a value */
    {"23",    ITEM       }, /* a constraint */
    {"53100", DISK_FULL  },
    {"53200", NO_MEMORY  },
    {"25006", READ_ONLY  },
    {"42501", NO_RIGHT   },
    {"58",    IO         },
    {"XX001", DAMAGED    },
    {"XX002", DAMAGED    },
    {"28",    UNREACHABLE},
    {"3D000", UNREACHABLE},
};

void pg_connection_message(const struct pg_db *db, char *target, size_t size)
{
    const char *text = db->conn == NULL ? "out of memory" : PQerrorMessage(db->conn);
    size_t length = strcspn(text, "\n");
    if (length >= size)
        length = size - 1;
    memcpy(target, text, length);
    target[length] = '\0';
}

static bool lost(const struct pg_db *db, const char *what, struct error *err)
{
    char message[PG_FAILURE_SIZE];
    pg_connection_message(db, message, sizeof message);
    if (db->base.dry_run) /* what it would have done is gone with the connection */
        return error_run(err, EXIT_TEMPORARY, "%s: the connection to the database was lost: %s",
                         what, message);
    error_retry(err, EXIT_TEMPORARY, "%s: the connection to the database was lost: %s", what,
                message);
    return error_hint(err, PG_AGAIN_HINT);
}

static bool known(const char *what, const char *message, enum meaning meaning, struct error *err)
{
    switch (meaning) {
    case AGAIN:
        error_retry(err, EXIT_TEMPORARY, "%s: %s", what, message);
        return error_hint(err, PG_AGAIN_HINT);
    case ITEM:
        return error_item(err, "database_refused", "%s: %s", what, message);
    case DISK_FULL:
        error_run(err, EXIT_CANTCREATE, "%s: no space left for the database: %s", what, message);
        return error_hint(err, "free space on the server's disk, then run the command again: "
                               "nothing half-done is kept");
    case READ_ONLY:
        error_run(err, EXIT_CANTCREATE, "%s: the database cannot be written: %s", what, message);
        return error_hint(err, "name the primary server; with several hosts add "
                               "target_session_attrs=read-write to the address");
    case NO_RIGHT:
        error_run(err, EXIT_CONFIG, "%s: %s", what, message);
        return error_hint(err, "the user that billmill was given must own its tables, and to make "
                               "them the database: createdb --owner=USER NAME");
    case IO:
        error_run(err, EXIT_IO, "%s: the server: %s", what, message);
        return error_hint(err, "look at the server's log before running again");
    case DAMAGED:
        error_run(err, EXIT_UNAVAILABLE, "%s: the database cannot be read: %s", what, message);
        return error_hint(err,
                          "look at the server's log; restore the last backup if it is damaged");
    case UNREACHABLE:
        return error_run(err, EXIT_UNAVAILABLE, "%s: %s", what, message);
    case NO_MEMORY:
        return error_run(err, EXIT_TEMPORARY, "%s: the server: %s", what, message);
    }
    return false;
}

/* Invariant 2, should a pool have looked like the server itself: from now on without names. */
static void notice_pool(struct pg_db *db, const char *state)
{
    if (text_equal(state, "26000") || text_equal(state, "42P05"))
        db->pooled = true;
}

static void remember(struct pg_db *db, const char *message)
{
    struct strbuf buf;
    if (db->failure[0] != '\0')
        return;
    strbuf_init(&buf, db->failure, sizeof db->failure);
    strbuf_add(&buf, message);
}

bool pg_ended_before(const struct pg_db *db, const char *what, struct error *err)
{
    (void)error_run(err, EXIT_TEMPORARY, "%s: an earlier error ended the transaction: %s", what,
                    db->failure);
    return error_hint(err, PG_AGAIN_HINT);
}

bool pg_fail(struct pg_db *db, const char *what, const PGresult *result, struct error *err)
{
    const char *state = result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message =
        result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (state == NULL || message == NULL)
        return lost(db, what, err);
    if (text_equal(state, TRANSACTION_FAILED))
        return pg_ended_before(db, what, err);
    notice_pool(db, state);
    remember(db, message);
    for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
        if (text_starts_with(state, meanings[i].begins))
            return known(what, message, meanings[i].meaning, err);
    return error_run(err, EXIT_INTERNAL, "%s: %s (SQLSTATE %s)", what, message, state);
}
