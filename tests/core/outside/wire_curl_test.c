/* What the wire says of every way in which a call can end: what was carried out, what certainly was
 * not, and what nobody knows. The other side is a child process that follows a script. */
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/outside/wire_curl.h"
#include "tests/support/suite.h"

#define ARRIVALS 8
#define SECRET "sk_live_secret"

/* ---------------------------------------------------------------- the other side */

/* A script, one step a character, the text of a step up to the next '|':
 *   A        accept the next connection          H text   read until the text came
 *   S text   send (\n stands for CR LF)          X        hang up          R  hang up by reset
 *   W        wait until killed                   + text   note it on the log */
struct side {
    int listener, connection, log;
    char heard[8192];
    size_t heard_size;
};

static void hang_up(struct side *side, bool reset)
{
    struct linger hard = {.l_onoff = 1};
    if (side->connection >= 0 && reset)
        (void)setsockopt(side->connection, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    if (side->connection >= 0)
        (void)close(side->connection);
    side->connection = -1;
}

static void hear(struct side *side, const char *text)
{
    while (strstr(side->heard, text) == NULL && side->heard_size < sizeof side->heard - 1) {
        ssize_t more = read(side->connection, side->heard + side->heard_size,
                            sizeof side->heard - 1 - side->heard_size);
        if (more <= 0)
            _exit(1);
        side->heard_size += (size_t)more;
        side->heard[side->heard_size] = '\0';
    }
    side->heard_size = 0;
    side->heard[0] = '\0';
}

static void say(const struct side *side, const char *text)
{
    for (; *text != '\0'; text++) {
        const char *bytes = *text == '\n' ? "\r\n" : text;
        (void)!write(side->connection, bytes, *text == '\n' ? 2 : 1);
    }
}

static void step(struct side *side, char what, const char *text)
{
    switch (what) {
    case 'A':
        side->connection = accept(side->listener, NULL, NULL);
        break;
    case 'H':
        hear(side, text);
        break;
    case 'S':
        say(side, text);
        break;
    case 'X':
        hang_up(side, false);
        break;
    case 'R':
        hang_up(side, true);
        break;
    case '+':
        (void)!write(side->log, text, strlen(text));
        break;
    default:
        (void)pause();
    }
}

static void follow(const char *script, int listener, int log)
{
    static struct side side;
    char text[1024];
    side = (struct side){.listener = listener, .connection = -1, .log = log};
    while (*script != '\0') {
        size_t length = strcspn(script, "|");
        (void)snprintf(text, sizeof text, "%.*s", (int)(length - 1), script + 1);
        step(&side, script[0], text);
        script += length;
        script += *script == '|';
    }
    (void)pause();
}

struct server {
    pid_t pid;
    int port, log;
};

static struct server begin(const char *script)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int log[2];
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert(bind(listener, (struct sockaddr *)&address, size) == 0);
    ck_assert(listen(listener, 4) == 0);
    ck_assert(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    ck_assert(pipe(log) == 0);
    struct server server = {.port = ntohs(address.sin_port), .log = log[0]};
    server.pid = script == NULL ? 0 : fork();
    if (script != NULL && server.pid == 0) {
        follow(script, listener, log[1]);
        _exit(0);
    }
    (void)close(log[1]);
    (void)close(listener); /* without a script nobody listens */
    return server;
}

/* What it noted. */
static void end(struct server *server, char *ret_log, size_t size)
{
    ssize_t length = 0;
    if (server->pid > 0) {
        (void)kill(server->pid, SIGKILL);
        (void)waitpid(server->pid, NULL, 0);
    }
    length = read(server->log, ret_log, size - 1);
    ret_log[length < 0 ? 0 : length] = '\0';
    (void)close(server->log);
}

/* ---------------------------------------------------------------- one call */

static struct wire *new_wire(void)
{
    struct wire_limits limits = {
        .connect_timeout_ms = 5000, .timeout_ms = 1500, .answer_bytes_max = 1000};
    struct wire *wire = NULL;
    struct error err = {0};
    ck_assert_msg(wire_curl_create(&limits, &wire, &err), "%s", err.message);
    return wire;
}

static void call_it(struct wire *wire, const struct wire_call *call, struct wire_arrival *arrival)
{
    struct error err = {0};
    size_t count = 0;
    ck_assert_msg(wire_start(wire, call, 7, &err), "%s", err.message);
    for (int i = 0; i < 100 && count == 0; i++)
        ck_assert_msg(wire_poll(wire, 100, arrival, 1, &count, &err), "%s", err.message);
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_eq(arrival->tag, 7);
    ck_assert_uint_eq(wire->in_flight, 0);
}

static const struct wire_header secret_headers[] = {
    {"Authorization",   "Bearer " SECRET  },
    {"Idempotency-Key", "charge:INV-1:1"  },
    {"Content-Type",    "application/json"},
};
static const char *const recipients[] = {"customer@example.com"};

static struct wire_call call_to(const char *scheme, int port, char *url, size_t size)
{
    bool mail = text_starts_with(scheme, "smtp");
    (void)snprintf(url, size, mail ? "%s://127.0.0.1:%d" : "%s://127.0.0.1:%d/" SECRET, scheme,
                   port);
    return (struct wire_call){.protocol = mail ? WIRE_SMTP : WIRE_HTTP,
                              .method = "POST",
                              .url = url,
                              .shown = "the gateway",
                              .headers = secret_headers,
                              .header_count = ARRAY_LEN(secret_headers),
                              .body = mail ? "Subject: x\r\n\r\nend-of-message\r\n" : "{\"a\":1}",
                              .body_size = mail ? 30 : 7,
                              .mail_from = "billing@example.com",
                              .mail_to = recipients,
                              .mail_to_count = 1};
}

#define HTTP_IN "A|H{\"a\":1}|"
#define MAIL_IN "A|S220 hi\n|HEHLO|S250 ok\n|HMAIL|S250 ok\n|"
#define MAIL_DATA MAIL_IN "HRCPT|S250 ok\n|HDATA|S354 go\n|"

static const struct end_case {
    const char *name, *scheme, *script; /* NULL: nobody listens */
    enum wire_end expect;
    int32_t status;
    int64_t retry_after_s;
    const char *body;
} end_cases[] = {
    {"done",                    "http",  HTTP_IN "SHTTP/1.1 200 OK\nContent-Length: 2\n\nok",                      WIRE_ANSWERED, 200, -1,
     "ok"                                                                                                                                           },
    {"done, in parts",          "http",
     HTTP_IN
     "SHTTP/1.1 100 Go\n\nHTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nok\n0\nX-Sum: 1\n\n",                  WIRE_ANSWERED, 200, -1,    "ok"  },
    {"cut between the parts",   "http",
     HTTP_IN "SHTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nok\n|X",                                          WIRE_LOST,     200, -1,    "ok"  },
    {"go on, and no more",      "http",  HTTP_IN "SHTTP/1.1 100 Go\n\n|X",                                         WIRE_LOST,     100, -1,    ""    },
    {"refused",                 "http",  HTTP_IN "SHTTP/1.1 402 No\nContent-Length: 0\n\n",                        WIRE_ANSWERED, 402, -1,
     ""                                                                                                                                             },
    {"not now",                 "http",  HTTP_IN "SHTTP/1.1 429 No\nRetry-After: 7\nContent-Length: 0\n\n",
     WIRE_ANSWERED,                                                                                                               429, 7,     ""    },
    {"again at once",           "http",  HTTP_IN "SHTTP/1.1 429 No\nRetry-After: 0\nContent-Length: 0\n\n",
     WIRE_ANSWERED,                                                                                                               429, 0,     ""    },
    {"in a day",                "http",  HTTP_IN "SHTTP/1.1 429 No\nRetry-After: 86400\nContent-Length: 0\n\n",
     WIRE_ANSWERED,                                                                                                               429, 86400, ""    },
    {"in a year",               "http",  HTTP_IN "SHTTP/1.1 429 No\nRetry-After: 31536000\nContent-Length: 0\n\n",
     WIRE_ANSWERED,                                                                                                               429, 86400, ""    },
    {"never, says a number",    "http",
     HTTP_IN "SHTTP/1.1 429 No\nRetry-After: 9223372036854775807\nContent-Length: 0\n\n",
     WIRE_ANSWERED,                                                                                                               429, 86400, ""    },
    {"in a year, as a date",    "http",
     HTTP_IN "SHTTP/1.1 429 No\nRetry-After: Fri, 31 Dec 2999 23:59:59 GMT\nContent-Length: 0\n\n",
     WIRE_ANSWERED,                                                                                                               429, 86400, ""    },
    {"elsewhere is an answer",  "http",
     HTTP_IN "SHTTP/1.1 307 No\nLocation: /x\nContent-Length: 0\n\n",                                              WIRE_ANSWERED, 307, -1,    ""    },
    {"nobody listens",          "http",  NULL,                                                                     WIRE_NOT_SENT, 0,   -1,    ""    },
    {"no TLS there",            "https", "A|SHTTP/1.1 400 Bad\n\n|X",                                              WIRE_NOT_SENT, 0,   -1,    ""    },
    {"hung up before TLS",      "https", "A|X",                                                                    WIRE_NOT_SENT, 0,   -1,    ""    },
    {"TLS that never comes",    "https", "A|W",                                                                    WIRE_NOT_SENT, 0,   -1,    ""    },
    {"hung up without a word",  "http",  HTTP_IN "X",                                                              WIRE_LOST,     0,   -1,    ""    },
    {"reset without a word",    "http",  HTTP_IN "R",                                                              WIRE_LOST,     0,   -1,    ""    },
    {"cut in the middle",       "http",  HTTP_IN "SHTTP/1.1 200 OK\nContent-Length: 9\n\nhalf|X",
     WIRE_LOST,                                                                                                                   200, -1,    "half"},
    {"cut in the headers",      "http",  HTTP_IN "SHTTP/1.1 200 OK\nContent-|X",                                   WIRE_LOST,     200, -1,    ""    },
    {"never answers",           "http",  HTTP_IN "W",                                                              WIRE_LOST,     0,   -1,    ""    },
    {"garbage",                 "http",  HTTP_IN "Sgood morning\n\n|X",                                            WIRE_LOST,     0,   -1,    ""    },
    {"too large",               "http",  HTTP_IN "SHTTP/1.1 200 OK\nContent-Length: 1001\n\nx|W",                  WIRE_LOST,     200,
     -1,                                                                                                                                      ""    },
    {"mail is taken",           "smtp",  MAIL_DATA "Hend-of-message|S250 queued as 7\n|HQUIT|S221 bye\n",
     WIRE_ANSWERED,                                                                                                               250, -1,    ""    },
    {"nobody listens for mail", "smtp",  NULL,                                                                     WIRE_NOT_SENT, 0,   -1,    ""    },
    {"mail greeting says no",   "smtp",  "A|S554 no\n|X",                                                          WIRE_NOT_SENT, 554, -1,    ""    },
    {"no such recipient",       "smtp",  MAIL_IN "HRCPT|S550 no such user\n|HQUIT|S221 bye\n",
     WIRE_NOT_SENT,                                                                                                               550, -1,    ""    },
    {"recipient not now",       "smtp",  MAIL_IN "HRCPT|S451 later\n|HQUIT|S221 bye\n",                            WIRE_NOT_SENT, 451,
     -1,                                                                                                                                      ""    },
    {"cut before the data",     "smtp",  MAIL_IN "HRCPT|X",                                                        WIRE_NOT_SENT, 250, -1,    ""    },
    {"data are refused",        "smtp",  MAIL_IN "HRCPT|S250 ok\n|HDATA|S451 later\n|HQUIT|S221 bye\n",
     WIRE_NOT_SENT,                                                                                                               451, -1,    ""    },
    {"refused after the dot",   "smtp",  MAIL_DATA "Hend-of-message|S552 too large\n|HQUIT|S221 bye\n",
     WIRE_ANSWERED,                                                                                                               552, -1,    ""    },
    {"not now, after the dot",  "smtp",  MAIL_DATA "Hend-of-message|S451 later\n|HQUIT|S221 bye\n",
     WIRE_ANSWERED,                                                                                                               451, -1,    ""    },
    {"cut after the dot",       "smtp",  MAIL_DATA "Hend-of-message|X",                                            WIRE_LOST,     354, -1,    ""    },
    {"no word after the dot",   "smtp",  MAIL_DATA "Hend-of-message|W",                                            WIRE_LOST,     354, -1,    ""    },
};

START_TEST(ends)
{
    const struct end_case *c = &end_cases[_i];
    struct server server = begin(c->script);
    struct wire *wire = new_wire();
    struct wire_arrival arrival = {0};
    char url[100];
    char log[100];
    struct wire_call call = call_to(c->scheme, server.port, url, sizeof url);
    call_it(wire, &call, &arrival);
    const struct wire_answer *answer = &arrival.answer;
    ck_assert_msg(answer->end == c->expect, "%s: end %d, %d: %s", c->name, (int)answer->end,
                  answer->status, answer->why);
    ck_assert_msg(answer->status == c->status, "%s: status %d", c->name, answer->status);
    bool to_whom = c->script != NULL && strstr(c->script, "HRCPT") != NULL;
    ck_assert_msg(answer->said_to_whom == to_whom, "%s: said to whom", c->name);
    ck_assert_msg(answer->retry_after_s == c->retry_after_s, "%s: Retry-After %" PRId64, c->name,
                  answer->retry_after_s);
    if (c->body[0] != '\0')
        ck_assert_msg(text_equal(answer->body, c->body), "%s: body %s", c->name, answer->body);
    ck_assert_msg(strstr(answer->why, SECRET) == NULL, "%s: %s", c->name, answer->why);
    ck_assert_msg((answer->why[0] == '\0') == (answer->end == WIRE_ANSWERED), "%s: %s", c->name,
                  answer->why);
    end(&server, log, sizeof log);
    wire_destroy(&wire);
}
END_TEST

/* ---------------------------------------------------------------- a mail server's words */

#define LOGIN_IN "A|S220 hi\n|HEHLO|S250-ok\n250 AUTH PLAIN\n|"

static const struct reply_case {
    const char *name, *script, *reply;
} reply_cases[] = {
    {"what was queued",      MAIL_DATA "Hend-of-message|S250 2.0.0 queued as 7\n|HQUIT|S221 bye\n",
     "250 2.0.0 queued as 7"                                                                                       },
    {"who is unknown",       MAIL_IN "HRCPT|S550 5.1.1 no such user\n|HQUIT|S221 2.0.0 bye\n",
     "550 5.1.1 no such user"                                                                                      },
    {"said in lines",
     MAIL_IN "HRCPT|S550-5.7.1 You may\n550-5.7.1 not\n550 5.7.1\n|HQUIT|S221 bye\n",
     "550 5.7.1 You may not"                                                                                       },
    {"lines without codes",  MAIL_IN "HRCPT|S550-You may\n550 not\n|HQUIT|S221 bye\n",
     "550 You may not"                                                                                             },
    {"nothing but a number", MAIL_IN "HRCPT|S550\n|HQUIT|S221 bye\n",                                "550"         },
    {"what no screen shows", MAIL_IN "HRCPT|S550 a\tb\x1b[2Jc\n|HQUIT|S221 bye\n",                   "550 a b [2Jc"},
    {"a login it repeats",   LOGIN_IN "HAUTH|S535 5.7.8 what is AUTH " SECRET "\n|HQUIT|S221 bye\n",
     "535 5.7.8"                                                                                                   },
    {"another one",          LOGIN_IN "HAUTH|S500 what is " SECRET "\n|HQUIT|S221 bye\n",            "500"         },
    {"nothing was said",     "A|X",                                                                  ""            },
};

START_TEST(keeps_words)
{
    const struct reply_case *c = &reply_cases[_i];
    struct server server = begin(c->script);
    struct wire *wire = new_wire();
    struct wire_arrival arrival = {0};
    char url[100];
    char log[100];
    struct wire_call call = call_to("smtp", server.port, url, sizeof url);
    call.user = strstr(c->script, "AUTH") != NULL ? "mailer" : NULL;
    call.password = SECRET;
    call_it(wire, &call, &arrival);
    const struct wire_answer *answer = &arrival.answer;
    ck_assert_msg(text_equal(answer->reply, c->reply), "%s: %s", c->name, answer->reply);
    ck_assert_msg(answer->end == WIRE_ANSWERED || strstr(answer->why, c->reply) != NULL, "%s: %s",
                  c->name, answer->why);
    ck_assert_msg(strstr(answer->why, SECRET) == NULL, "%s: %s", c->name, answer->why);
    end(&server, log, sizeof log);
    wire_destroy(&wire);
}
END_TEST

/* ---------------------------------------------------------------- never twice */

#define OK_1 "SHTTP/1.1 200 OK\nContent-Length: 0\n\n|"

/* libcurl would say it again by itself on a connection of its own. */
static const struct again_case {
    const char *name, *method, *script;
    bool with_body;
    enum wire_end expect;
    const char *log;
} again_cases[] = {
    {"a kept connection is used again", "POST", HTTP_IN "+1|" OK_1 "H{\"a\":1}|+2|" OK_1 "W",                 true,
     WIRE_ANSWERED,                                                                                                             "12" },
    {"and ends without an answer",      "POST",
     HTTP_IN "+1|" OK_1 "H{\"a\":1}|+2|X|" HTTP_IN "+3|" OK_1 "W",                                            true,  WIRE_LOST, "12" },
    {"or by reset",                     "POST", HTTP_IN "+1|" OK_1 "H{\"a\":1}|+2|R|" HTTP_IN "+3|" OK_1 "W", true,
     WIRE_LOST,                                                                                                                 "12" },
    {"a body of nothing",               "POST", HTTP_IN "+1|" OK_1 "A|HPOST|+2|X|A|HPOST|+3|" OK_1 "W",       false,
     WIRE_LOST,                                                                                                                 "12" },
    {"asking may be repeated",          "GET",  HTTP_IN "+1|" OK_1 "HGET|+2|X|A|HGET|+3|" OK_1 "W",           false,
     WIRE_ANSWERED,                                                                                                             "123"},
};

START_TEST(never_repeats)
{
    const struct again_case *c = &again_cases[_i];
    struct server server = begin(c->script);
    struct wire *wire = new_wire();
    struct wire_arrival arrival = {0};
    char url[100];
    char log[100];
    struct wire_call call = call_to("http", server.port, url, sizeof url);
    call_it(wire, &call, &arrival);
    ck_assert_int_eq((int)arrival.answer.end, (int)WIRE_ANSWERED);
    call.method = c->method;
    call.body_size = c->with_body ? call.body_size : 0;
    call_it(wire, &call, &arrival);
    ck_assert_msg(arrival.answer.end == c->expect, "%s: end %d: %s", c->name,
                  (int)arrival.answer.end, arrival.answer.why);
    end(&server, log, sizeof log);
    ck_assert_msg(text_equal(log, c->log), "%s: log %s", c->name, log);
    wire_destroy(&wire);
}
END_TEST

/* ---------------------------------------------------------------- what is never sent */

static const struct wire_header broken_header[] = {
    {"X-Key", "a\r\nEvil: 1"}
};
static const char *const broken_recipient[] = {"a@b>\r\nRCPT TO:<c@d"};

static const struct bad_case {
    const char *name;
    struct wire_call call;
} bad_cases[] = {
    {"http to elsewhere",       {.method = "POST", .url = "http://example.com/x"}     },
    {"a password in it",        {.method = "POST", .url = "https://u:p@example.com/"} },
    {"another protocol",        {.method = "POST", .url = "ftp://127.0.0.1/"}         },
    {"no method",               {.url = "https://example.com/"}                       },
    {"a break in it",           {.method = "POST", .url = "https://example.com/\r\nx"}},
    {"a break in a header",
     {.method = "POST",
      .url = "https://example.com/",
      .headers = broken_header,
      .header_count = 1}                                                              },
    {"nobody to write to",
     {.protocol = WIRE_SMTP, .url = "smtps://example.com", .mail_from = "a@b"}        },
    {"a break in the envelope",
     {.protocol = WIRE_SMTP,
      .url = "smtps://example.com",
      .mail_from = "a@b",
      .mail_to = broken_recipient,
      .mail_to_count = 1}                                                             },
    {"mail by http",
     {.protocol = WIRE_SMTP,
      .url = "http://127.0.0.1",
      .mail_from = "a@b",
      .mail_to = recipients,
      .mail_to_count = 1}                                                             },
};

START_TEST(refuses)
{
    const struct bad_case *c = &bad_cases[_i];
    struct wire *wire = new_wire();
    struct error err = {0};
    struct wire_call call = c->call;
    call.shown = "the gateway";
    ck_assert_msg(!wire_start(wire, &call, 1, &err), "%s", c->name);
    ck_assert_msg(text_equal(err.code, "bad_call"), "%s: %s", c->name, err.message);
    ck_assert_uint_eq(wire->in_flight, 0);
    wire_destroy(&wire);
}
END_TEST

/* Eight calls that each wait for the others: one after the other they would never end. */
START_TEST(flies_many)
{
    struct server server = begin("A|W");
    struct wire *wire = new_wire();
    struct wire_arrival arrivals[ARRIVALS];
    struct error err = {0};
    char url[100];
    char log[100];
    size_t ended = 0;
    struct wire_call call = call_to("http", server.port, url, sizeof url);
    for (uint64_t i = 0; i < ARRIVALS; i++)
        ck_assert(wire_start(wire, &call, i, &err));
    ck_assert_uint_eq(wire->in_flight, ARRIVALS);
    for (int i = 0; i < 20 && ended < ARRIVALS; i++) {
        size_t count = 0;
        ck_assert(wire_poll(wire, 100, arrivals, ARRIVALS, &count, &err));
        ended += count;
    }
    ck_assert_uint_eq(ended, ARRIVALS);
    end(&server, log, sizeof log);
    wire_destroy(&wire);
}
END_TEST

/* A mail server that looks at a mail for long, behind the final dot, keeps nothing else waiting. */
#define LOOKS_MS 30000
#define OTHERS_MS 15000
START_TEST(mails_keep_nobody_waiting)
{
    struct server slow = begin(MAIL_DATA "Hend-of-message|W");
    struct server quick = begin(HTTP_IN "SHTTP/1.1 200 OK\nContent-Length: 0\n\n|W");
    struct wire *wire = new_wire();
    struct wire_arrival arrival = {0};
    struct error err = {0};
    char urls[2][100];
    char log[100];
    size_t count = 0;
    int64_t begun_ms = clock_boot_ms();
    struct wire_call mail = call_to("smtp", slow.port, urls[0], sizeof urls[0]);
    struct wire_call call = call_to("http", quick.port, urls[1], sizeof urls[1]);
    mail.timeout_ms = LOOKS_MS;
    call.timeout_ms = LOOKS_MS;
    ck_assert(wire_start(wire, &mail, 1, &err));
    for (int i = 0; i < 5; i++) /* until it is waited for */
        ck_assert(wire_poll(wire, 100, &arrival, 1, &count, &err) && count == 0);
    ck_assert(wire_start(wire, &call, 2, &err));
    for (int i = 0; i < 100 && count == 0; i++)
        ck_assert(wire_poll(wire, 100, &arrival, 1, &count, &err));
    ck_assert_msg(clock_boot_ms() - begun_ms < OTHERS_MS, "%" PRId64 " ms",
                  clock_boot_ms() - begun_ms);
    ck_assert_uint_eq(arrival.tag, 2);
    ck_assert_int_eq((int)arrival.answer.end, (int)WIRE_ANSWERED);
    wire_destroy(&wire); /* and it is given up with the wire */
    ck_assert_msg(clock_boot_ms() - begun_ms < LOOKS_MS, "%" PRId64 " ms",
                  clock_boot_ms() - begun_ms);
    end(&slow, log, sizeof log);
    end(&quick, log, sizeof log);
}
END_TEST

/* ---------------------------------------------------------------- stopped */

/* What has not ended tells how far it has come, soon. */
static const struct stop_case {
    const char *name, *scheme, *script;
    enum wire_end expect;
    bool stopped;
    int32_t status;
} stop_cases[] = {
    {"a mail server that does not greet",     "smtp",  "A|+.|W",                                                 WIRE_NOT_SENT, true,  0  },
    {"nor answers to a recipient",            "smtp",  MAIL_IN "HRCPT|+.|W",                                     WIRE_NOT_SENT, true,  250},
    {"nor lets the mail come",                "smtp",  MAIL_IN "HRCPT|S250 ok\n|HDATA|+.|W",                     WIRE_NOT_SENT, true,
     250                                                                                                                                  },
    {"nor says that it has it",               "smtp",  MAIL_DATA "Hend-of-message|+.|W",                         WIRE_LOST,     true,  354},
    {"one that has refused it, and its QUIT", "smtp",
     MAIL_IN "HRCPT|S550 no such user\n|HQUIT|+.|W",                                                             WIRE_NOT_SENT, false, 550},
    {"one that has taken it, and its QUIT",   "smtp",
     MAIL_DATA "Hend-of-message|S250 queued\n|HQUIT|+.|W",                                                       WIRE_ANSWERED, false, 250},
    {"a gateway that does not begin TLS",     "https", "A|+.|W",                                                 WIRE_NOT_SENT, true,  0  },
    {"one that has the request",              "http",  HTTP_IN "+.|W",                                           WIRE_LOST,     true,  0  },
    {"one that has answered half of it",      "http",
     HTTP_IN "SHTTP/1.1 200 OK\nContent-Length: 9\n\nhalf|+.|W",                                                 WIRE_LOST,     true,  200},
    {"one that has answered",                 "http",  HTTP_IN "SHTTP/1.1 200 OK\nContent-Length: 2\n\nok|+.|W",
     WIRE_ANSWERED,                                                                                                             false, 200},
};
#define STOP_TIMEOUT_MS 60000

/* The other side has come to its last step, or the call has ended. */
static bool is_far_enough(const struct server *server, size_t ended)
{
    struct pollfd noted = {.fd = server->log, .events = POLLIN};
    return ended > 0 || poll(&noted, 1, 0) > 0;
}

START_TEST(stops)
{
    const struct stop_case *c = &stop_cases[_i];
    struct server server = begin(c->script);
    struct wire *wire = new_wire();
    struct wire_arrival arrival = {0};
    struct error err = {0};
    char url[100];
    char log[100];
    size_t count = 0;
    struct wire_call call = call_to(c->scheme, server.port, url, sizeof url);
    call.timeout_ms = STOP_TIMEOUT_MS;
    ck_assert(wire_start(wire, &call, 7, &err));
    for (int i = 0; i < 100 && !is_far_enough(&server, count); i++)
        ck_assert(wire_poll(wire, 100, &arrival, 1, &count, &err));
    for (int i = 0; i < 5 && count == 0; i++) /* what it said last arrives */
        ck_assert(wire_poll(wire, 100, &arrival, 1, &count, &err));
    wire_stop(wire);
    for (int i = 0; i < 100 && count == 0; i++)
        ck_assert(wire_poll(wire, 100, &arrival, 1, &count, &err));
    const struct wire_answer *answer = &arrival.answer;
    ck_assert_msg(count == 1 && answer->end == c->expect, "%s: end %d, %d: %s", c->name,
                  (int)answer->end, answer->status, answer->why);
    ck_assert_msg(answer->stopped == c->stopped, "%s: stopped", c->name);
    ck_assert_msg(answer->status == c->status, "%s: status %d", c->name, answer->status);
    ck_assert_uint_eq(wire->in_flight, 0);
    end(&server, log, sizeof log);
    wire_destroy(&wire);
}
END_TEST

/* ---------------------------------------------------------------- goodbye */

/* A mail server that says nothing to QUIT keeps nobody waiting: neither the call, nor the end. */
static const struct quit_case {
    const char *name, *script;
} quit_cases[] = {
    {"of a connection that was kept", MAIL_DATA "Hend-of-message|S250 queued\n|HQUIT|W"   },
    {"who takes no recipient",        MAIL_IN "HRCPT|S550 no such user\n|HQUIT|W"         },
    {"who takes no data",             MAIL_IN "HRCPT|S250 ok\n|HDATA|S451 later\n|HQUIT|W"},
    {"who refuses it afterwards",     MAIL_DATA "Hend-of-message|S552 too large\n|HQUIT|W"},
};
#define QUIT_TIMEOUT_MS 30000
#define QUIT_LONGEST_MS 15000

START_TEST(does_not_wait_for_goodbye)
{
    const struct quit_case *c = &quit_cases[_i];
    struct server server = begin(c->script);
    struct wire *wire = new_wire();
    struct wire_arrival arrival = {0};
    char url[100];
    char log[100];
    struct wire_call call = call_to("smtp", server.port, url, sizeof url);
    int64_t begun_ms = clock_boot_ms();
    call.timeout_ms = QUIT_TIMEOUT_MS;
    call_it(wire, &call, &arrival);
    wire_destroy(&wire);
    ck_assert_msg(clock_boot_ms() - begun_ms < QUIT_LONGEST_MS, "%s: %" PRId64 " ms", c->name,
                  clock_boot_ms() - begun_ms);
    end(&server, log, sizeof log);
}
END_TEST

TEST_SUITE(wire_curl)
{
    TEST_TABLE(does_not_wait_for_goodbye, quit_cases);
    TEST_TABLE(ends, end_cases);
    TEST_TABLE(keeps_words, reply_cases);
    TEST_TABLE(never_repeats, again_cases);
    TEST_TABLE(refuses, bad_cases);
    TEST_TABLE(stops, stop_cases);
    TEST_ONE(flies_many);
    TEST_ONE(mails_keep_nobody_waiting);
}
