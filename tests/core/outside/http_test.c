/* Which addresses are asked at all. What servers do is in tests/stories/exchange_rates.sh. */
#include <string.h>

#include "core/outside/http.h"
#include "tests/support/suite.h"

#define ONLY "only https, or http to this machine"
#define USER "no user or password may stand in it"
#define HOST "expected an address https://HOST/"

/* `refused` is a part of the message; NULL: it is asked. */
static const struct url_case {
    const char *url, *refused;
} url_cases[] = {
    {"https://www.ecb.europa.eu/stats/x.xml", NULL},
    {"https://rates.example",                 NULL},
    {"https://rates.example:8443?a=b@c",      NULL},
    {"http://127.0.0.1:8080/x",               NULL},
    {"http://localhost/x",                    NULL},
    {"http://[::1]:8080/x",                   NULL},
    {"http://rates.example/x",                ONLY},
    {"http://127.0.0.1.evil.example/x",       ONLY},
    {"http://localhost.evil.example/x",       ONLY},
    {"http://localhost%40evil.example/x",     ONLY},
    {"http://localhosted/x",                  ONLY},
    {"http://[::1]evil.example/x",            ONLY},
    {"http://[::ffff:127.0.0.1]/x",           ONLY},
    {"http://127.1/x",                        ONLY},
    {"http://2130706433/x",                   ONLY},
    {"http://0x7f000001/x",                   ONLY},
    {"http://127.0.0.1%00.evil.example/x",    ONLY},
    {"http://localhost@evil.example/x",       USER},
    {"http://localhost:80@evil.example/x",    USER},
    {"http://localhost\\@evil.example/x",     USER},
    {"http://127.0.0.1:80%2f@evil.example/x", USER},
    {"https://user:pa55word@rates.example/x", USER},
    {"https://",                              HOST},
    {"https:///x",                            HOST},
    {"http://?x",                             HOST},
    {"HTTPS://rates.example/x",               HOST},
    {"ftp://127.0.0.1/x",                     HOST},
    {"file:///etc/passwd",                    HOST},
    {"127.0.0.1/x",                           HOST},
    {"",                                      HOST},
};

START_TEST(checks_addresses)
{
    const struct url_case *c = &url_cases[_i];
    struct error err = {0};
    bool good = http_check_url(c->url, c->url, &err);
    ck_assert_msg(good == (c->refused == NULL), "%s: %s", c->url, err.message);
    ck_assert_msg(good || strstr(err.message, c->refused) != NULL, "%s: %s", c->url, err.message);
    ck_assert_msg(strstr(err.message, "pa55word") == NULL, "%s: %s", c->url, err.message);
}
END_TEST

TEST_SUITE(http)
{
    TEST_TABLE(checks_addresses, url_cases);
}
