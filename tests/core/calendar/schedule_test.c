#include <string.h>

#include "core/calendar/schedule.h"
#include "tests/support/suite.h"

/* The canonical texts are those that systemd-analyze calendar (systemd 252) calls the normalized
 * form, but for steps, which are written out. */
static const struct accept_case {
    const char *text, *canonical;
} accept_cases[] = {
    {"hourly",                       "*-*-* *:00:00"                        },
    {"daily",                        "*-*-* 00:00:00"                       },
    {"weekly",                       "Mon *-*-* 00:00:00"                   },
    {"monthly",                      "*-*-01 00:00:00"                      },
    {"quarterly",                    "*-01,04,07,10-01 00:00:00"            },
    {"semiannually",                 "*-01,07-01 00:00:00"                  },
    {"yearly",                       "*-01-01 00:00:00"                     },
    {"annually Asia/Kolkata",        "*-01-01 00:00:00 Asia/Kolkata"        },
    {"*-*-01 02:00",                 "*-*-01 02:00:00"                      },
    {"*-*-01 2:0:5 UTC",             "*-*-01 02:00:05 UTC"                  },
    {"Mon..Fri 16:30 Europe/Berlin", "Mon..Fri *-*-* 16:30:00 Europe/Berlin"},
    {"*-*~01 03:00",                 "*-*~01 03:00:00"                      },
    {"*-*~01,03",                    "*-*~01,03 00:00:00"                   },
    {"Mon *-05~07/1",                "Mon *-05~01..07 00:00:00"             },
    {"Mon *-*-1..7",                 "Mon *-*-01..07 00:00:00"              },
    {"Mon",                          "Mon *-*-* 00:00:00"                   },
    {"Monday,Wed..Friday 1:00",      "Mon,Wed..Fri *-*-* 01:00:00"          },
    {"Mon,Tue 10:00",                "Mon,Tue *-*-* 10:00:00"               },
    {"Mon..Sun 10:00",               "*-*-* 10:00:00"                       },
    {"*:00/15",                      "*-*-* *:00,15,30,45:00"               },
    {"8..18/2:30",                   "*-*-* 08,10,12,14,16,18:30:00"        },
    {"*-1,7-1",                      "*-01,07-01 00:00:00"                  },
    {"01-05",                        "*-01-05 00:00:00"                     },
    {"2026-12-31 23:59:59",          "2026-12-31 23:59:59"                  },
    {"2028-02-29",                   "2028-02-29 00:00:00"                  },
    {"Sun *-02-29",                  "Sun *-02-29 00:00:00"                 },
    {"*-*-31",                       "*-*-31 00:00:00"                      },
    {"  *-*-01   02:00 ",            "*-*-01 02:00:00"                      },
    {"daily Etc/GMT+3",              "*-*-* 00:00:00 Etc/GMT+3"             },
    {"*-*-* *:*",                    "*-*-* *:*:00"                         },
};

START_TEST(accepts)
{
    const struct accept_case *c = &accept_cases[_i];
    struct schedule schedule;
    struct schedule again;
    struct error err = {0};
    char text[SCHEDULE_TEXT_SIZE];
    ck_assert_msg(schedule_parse(c->text, &schedule, &err), "'%s': %s", c->text, err.message);
    schedule_print(&schedule, text);
    ck_assert_msg(strcmp(text, c->canonical) == 0, "'%s': %s", c->text, text);
    ck_assert_msg(schedule_parse(text, &again, &err), "'%s' again: %s", text, err.message);
    schedule_print(&again, text);
    ck_assert_msg(strcmp(text, c->canonical) == 0, "'%s' again: %s", c->text, text);
}
END_TEST

static const struct refuse_case {
    const char *text, *message;
} refuse_cases[] = {
    {"",                        "'' is not a schedule"                             },
    {"   ",                     "'   ' is not a schedule"                          },
    {"sometimes",               "'sometimes' is not a schedule"                    },
    {"monthly 02:00",           "'monthly 02:00' is not a schedule"                },
    {"*-02-30",                 "'*-02-30' never happens"                          },
    {"*-02,04-31 02:00",        "'*-02,04-31 02:00' never happens"                 },
    {"2027-02-29",              "'2027-02-29' never happens"                       },
    {"Mon 2026-11-21",          "'Mon 2026-11-21' never happens"                   },
    {"25:00",                   "'25:00' is not a time of day"                     },
    {"24:00",                   "'24:00' is not a time of day"                     },
    {"12:60",                   "'12:60' is not a time of day"                     },
    {"12:00:60",                "'12:00:60' is not a time of day"                  },
    {"12:00:*",                 "'12:00:*' is not a time of day"                   },
    {"12:",                     "'12:' is not a time of day"                       },
    {"*/2:00",                  "'*/2:00' is not a time of day"                    },
    {"12:00/0",                 "'12:00/0' is not a time of day"                   },
    {"12:00:00:00",             "'12:00:00:00' is not a time of day"               },
    {"*-13-01",                 "'*-13-01' is not a date of a schedule"            },
    {"*-00-01",                 "'*-00-01' is not a date of a schedule"            },
    {"*-*-32",                  "'*-*-32' is not a date of a schedule"             },
    {"*-*-0",                   "'*-*-0' is not a date of a schedule"              },
    {"*-*~29",                  "'*-*~29' is not a date of a schedule"             },
    {"*-*~*",                   "'*-*~*' is not a date of a schedule"              },
    {"*-*-7..1",                "'*-*-7..1' is not a date of a schedule"           },
    {"*-*-1,",                  "'*-*-1,' is not a date of a schedule"             },
    {"*-*-01-01",               "'*-*-01-01' is not a date of a schedule"          },
    {"26-01-01",                "'26-01-01' is not a date of a schedule"           },
    {"1969-01-01",              "'1969-01-01' is not a date of a schedule"         },
    {"2200-01-01",              "'2200-01-01' is not a date of a schedule"         },
    {"99999999999-01-01",       "'99999999999-01-01' is not a date of a schedule"  },
    {"10",                      "'10' is not a date of a schedule"                 },
    {"Sat..Mon 10:00",          "'Sat..Mon 10:00' is not a schedule"               },
    {"Mon,Tues 10:00",          "'Mon,Tues 10:00' is not a schedule"               },
    {"10:00 Mon..Fri",          "'Mon..Fri' is not the name of a time zone"        },
    {"10:00 *-*-01",            "'10:00 *-*-01' is not a schedule"                 },
    {"10:00 11:00",             "'10:00 11:00' is not a schedule"                  },
    {"10:00 Europe/Berlin UTC", "'10:00 Europe/Berlin UTC' is not a schedule"      },
    {"10:00 ../../etc/passwd",  "'../../etc/passwd' is not the name of a time zone"},
    {"10:00 /etc/passwd",       "'/etc/passwd' is not the name of a time zone"     },
    {"10:00 Europe//Berlin",    "'Europe//Berlin' is not the name of a time zone"  },
    {"10:00 Europe/",           "'Europe/' is not the name of a time zone"         },
    {"0 2 1 * *",               "'0 2 1 * *' is not a schedule"                    },
    {"@monthly",                "'@monthly' is not a schedule"                     },
};

START_TEST(refuses)
{
    const struct refuse_case *c = &refuse_cases[_i];
    struct schedule schedule;
    struct error err = {0};
    ck_assert_msg(!schedule_parse(c->text, &schedule, &err), "'%s' accepted", c->text);
    ck_assert_msg(strcmp(err.message, c->message) == 0, "'%s': %s", c->text, err.message);
    ck_assert_msg(err.exit_code == EXIT_CONFIG && err.hint[0] != '\0', "'%s'", c->text);
}
END_TEST

START_TEST(refuses_long)
{
    struct schedule schedule;
    struct error err = {0};
    char text[4000];
    memset(text, '1', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    ck_assert(!schedule_parse(text, &schedule, &err));
    memcpy(text, "daily ", 6);
    ck_assert(!schedule_parse(text, &schedule, &err));
    memcpy(text, "10:00 A", 7);
    ck_assert(!schedule_parse(text, &schedule, &err));
}
END_TEST

/* The largest canonical text fits: every second value of each part. */
START_TEST(prints_longest)
{
    struct schedule schedule;
    struct error err = {0};
    char text[SCHEDULE_TEXT_SIZE];
    ck_assert_msg(schedule_parse("Mon,Wed,Fri,Sun *-1/2-1/2 0/2:0/2 "
                                 "America/Argentina/ComodRivadavia_and_so_on_up_to_the_end_63_xx",
                                 &schedule, &err),
                  "%s", err.message);
    schedule_print(&schedule, text);
    ck_assert(schedule_parse("Mon,Wed,Fri,Sun *-1/2-1/2 0/2:0/2", &schedule, &err));
    schedule_print(&schedule, text);
    ck_assert_str_eq(text + strlen(text) - 11, "54,56,58:00");
}
END_TEST

TEST_SUITE(schedule)
{
    TEST_TABLE(accepts, accept_cases);
    TEST_TABLE(refuses, refuse_cases);
    TEST_ONE(refuses_long);
    TEST_ONE(prints_longest);
}
