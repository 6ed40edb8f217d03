#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/setup/job_file.h"
#include "tests/support/setup_files.h"
#include "tests/support/suite.h"

#define ARENA_CAP (64u * 1024u * 1024u)
#define FILES_MAX 6

static const struct known_job known[] = {
    {"period-advance",   BUSINESS_KEY_PERIOD},
    {"rating",           BUSINESS_KEY_PERIOD},
    {"tax",              BUSINESS_KEY_PERIOD},
    {"invoice-finalize", BUSINESS_KEY_PERIOD},
    {"invoice-render",   BUSINESS_KEY_PERIOD},
    {"fetch-rates",      BUSINESS_KEY_DATE  },
};

/* A folder of files, loaded. */
struct loading {
    struct arena *arena;
    struct problem_list problems;
    struct job_definitions definitions;
    struct scratch scratch;
};

struct file {
    const char *name, *text;
};

static struct loading loading_of(const struct file *files, size_t count)
{
    struct loading loading = {.arena = arena_create("test", ARENA_CAP),
                              .scratch = scratch_create()};
    for (size_t i = 0; i < count && files[i].name != NULL; i++)
        (void)scratch_write(&loading.scratch, files[i].name, files[i].text);
    loading.problems.arena = loading.arena;
    job_files_load(loading.scratch.path, known, ARRAY_LEN(known), loading.arena, &loading.problems,
                   &loading.definitions);
    return loading;
}

static void loading_end(struct loading *loading)
{
    scratch_remove(&loading->scratch);
    arena_destroy(&loading->arena);
}

static const char *loading_problems(const struct loading *loading)
{
    return problems_text(&loading->problems, scratch_path(&loading->scratch, "").text);
}

/* --- accepted: the canonical text shows what was read ----------------------------------------- */

static const struct canonical_case {
    const char *name;
    struct file file;
    const char *canonical;
} canonical_cases[] = {
    {"defaults",
     {"rating.yaml", "name: rating\njob: rating\nkey: period\n"},
     "chunk_size: 1000\njob: rating\nkey: period\nlease_s: 60\nname: rating\n"                   },
    {"everything",
     {"rating-late.yaml", "# comment\npartitions: 8\nmax_parked_percent: 5\nmax_parked: "
                          "0\nlease_s: 5\nchunk_size: 100000\nschedule: Mon..Fri 16:30 "
                          "Europe/Berlin\nkey: period\njob: \"rating\"\nname: 'rating-late'\n"},
     "chunk_size: 100000\njob: rating\nkey: period\nlease_s: 5\nmax_parked: 0\nmax_parked_percent: "
     "5\nname: rating-late\npartitions: 8\nschedule: \"Mon..Fri *-*-* 16:30:00 Europe/Berlin\"\n"},
    {"a date",
     {"rates.yaml", "name: rates\njob: fetch-rates\nkey: date\nschedule: daily\n"},
     "chunk_size: 1000\njob: fetch-rates\nkey: date\nlease_s: 60\nname: rates\n"
     "schedule: \"*-*-* 00:00:00\"\n"                                                            },
    {"no dependency",
     {"rating.yaml", "name: rating\njob: rating\nkey: period\nafter: []\n"},
     "chunk_size: 1000\njob: rating\nkey: period\nlease_s: 60\nname: rating\n"                   },
};

START_TEST(writes_canonical)
{
    const struct canonical_case *c = &canonical_cases[_i];
    CLEANUP(loading_end) struct loading loading = loading_of(&c->file, 1);
    ck_assert_msg(loading.problems.count == 0, "%s: %s", c->name, loading_problems(&loading));
    ck_assert_uint_eq(loading.definitions.count, 1);
    const char *text = job_definition_canonical(&loading.definitions.items[0], loading.arena);
    ck_assert_msg(strcmp(text, c->canonical) == 0, "%s:\n%s", c->name, text);
    CLEANUP(loading_end) struct loading again = loading_of(&(struct file){c->file.name, text}, 1);
    ck_assert_msg(again.problems.count == 0, "%s: %s", c->name, loading_problems(&again));
    const char *same = job_definition_canonical(&again.definitions.items[0], again.arena);
    ck_assert_msg(strcmp(same, text) == 0, "%s again:\n%s", c->name, same);
}
END_TEST

START_TEST(sorts_after_but_not_steps)
{
    static const struct file files[] = {
        {"tax.yaml",            "name: tax\njob: tax\nkey: period\nafter: [rating, period-advance]\n"  },
        {"rating.yaml",         "name: rating\njob: rating\nkey: period\n"                             },
        {"period-advance.yaml", "name: period-advance\njob: period-advance\nkey: period\n"             },
        {"close.yaml",          "name: close\nsteps:\n- rating\n- period-advance\n- tax\nkey: period\n"},
    };
    CLEANUP(loading_end) struct loading loading = loading_of(files, ARRAY_LEN(files));
    ck_assert_msg(loading.problems.count == 0, "%s", loading_problems(&loading));
    const struct job_definition *tax = job_definition_find(&loading.definitions, "tax");
    const struct job_definition *pipeline = job_definition_find(&loading.definitions, "close");
    ck_assert_str_eq(job_definition_canonical(tax, loading.arena),
                     "after:\n  - period-advance\n  - rating\nchunk_size: 1000\njob: tax\nkey: "
                     "period\nlease_s: 60\nname: tax\n");
    ck_assert_str_eq(job_definition_canonical(pipeline, loading.arena),
                     "key: period\nname: close\nsteps:\n  - rating\n  - period-advance\n  - tax\n");
    ck_assert_str_eq(loading.definitions.items[0].name.text, "close"); /* by name of file */
    ck_assert_str_eq(loading.definitions.items[3].name.text, "tax");
    ck_assert_ptr_null(job_definition_find(&loading.definitions, "nobody"));
}
END_TEST

/* --- refused ---------------------------------------------------------------------------------- */

#define JOB(name) "name: " name "\njob: rating\nkey: period\n"

static const struct refuse_case {
    const char *name;
    struct file files[FILES_MAX];
    const char *problems;
} refuse_cases[] = {
    {"an empty file",
     {{"a.yaml", ""}},
     "a.yaml:1:1: 'name' is missing\na.yaml:1:1: 'key' is missing\n"
     "a.yaml:1:1: neither 'job' nor 'steps' (job: NAME for a job, steps: [NAME, ...] for a "
     "pipeline)\n"                                                                             },
    {"another name than the file's",
     {{"b.yaml", JOB("a")}},
     "b.yaml:1:7: 'name' is 'a', but the file is b.yaml (call the file a.yaml, or change the "
     "name)\n"                                                                                 },
    {"a name that is none",
     {{"A b.yaml", "name: A b\njob: rating\nkey: period\n"}},
     "A b.yaml:1:7: 'name' cannot be 'A b' (expected lower-case letters, digits and -, beginning "
     "with a letter)\n"                                                                        },
    {"an unknown job",
     {{"a.yaml", "name: a\njob: ratng\nkey: period\n"}},
     "a.yaml:2:6: no job 'ratng' (jobs are period-advance, rating, tax, invoice-finalize, "
     "invoice-render, fetch-rates)\n"                                                          },
    {"the key of another kind",
     {{"a.yaml", "name: a\njob: rating\nkey: date\n"}},
     "a.yaml:2:6: job 'rating' is run for a key of kind period, not date (write key: period)\n"},
    {"a key that is none",
     {{"a.yaml", "name: a\njob: fetch-rates\nkey: month\n"}},
     "a.yaml:3:6: 'key' cannot be 'month' (choose period, date or none)\n"                     },
    {"job and steps",
     {{"a.yaml", JOB("a") "steps: [b]\n"}, {"b.yaml", JOB("b")}},
     "a.yaml:4:1: 'job' and 'steps' in one definition (make the pipeline a file of its own)\n" },
    {"a pipeline with chunks",
     {{"a.yaml", "name: a\nkey: period\nsteps: [b]\nchunk_size: 5\nlease_s: 60\n"},
      {"b.yaml", JOB("b")}},
     "a.yaml:4:1: a pipeline has no 'chunk_size' (set it in the files of its steps)\n"
     "a.yaml:5:1: a pipeline has no 'lease_s' (set it in the files of its steps)\n"            },
    {"no steps",
     {{"a.yaml", "name: a\nkey: period\nsteps: []\n"}},
     "a.yaml:3:8: 'steps' needs at least 1\n"                                                  },
    {"a step twice",
     {{"a.yaml", "name: a\nkey: period\nsteps: [b, b]\n"}, {"b.yaml", JOB("b")}},
     "a.yaml:3:12: 'b' is there twice in 'steps' (keep one of the two)\n"                      },
    {"a word for a list",
     {{"a.yaml", JOB("a") "after: b\n"}, {"b.yaml", JOB("b")}},
     "a.yaml:4:8: 'after' must be a list (write it as [one, two])\n"                           },
    {"odd items of a list",
     {{"a.yaml", JOB("a") "after: [B, 7, [b], ~]\n"}, {"b.yaml", JOB("b")}},
     "a.yaml:4:9: 'after' cannot be 'B' (expected lower-case letters, digits and -, beginning with "
     "a letter)\n"
     "a.yaml:4:12: 'after' must be a text, and 7 without quotes is a number (put it in quotes: "
     "\"7\")\n"
     "a.yaml:4:15: 'after' must be a text, not a list\n"
     "a.yaml:4:20: 'after' has no value (leave the line out for the default)\n"                },
    {"numbers out of their bounds",
     {{"a.yaml", JOB("a") "chunk_size: 0\npartitions: 1025\nlease_s: 0\nmax_parked: "
                          "-1\nmax_parked_percent: 101\n"}},
     "a.yaml:4:13: 'chunk_size' must be a whole number from 1 to 100000, not 0\n"
     "a.yaml:5:13: 'partitions' must be a whole number from 1 to 1024, not 1025\n"
     "a.yaml:6:10: 'lease_s' must be a whole number from 1 to 3600, not 0\n"
     "a.yaml:7:13: 'max_parked' must be a whole number from 0 to 1000000000, not -1\n"
     "a.yaml:8:21: 'max_parked_percent' must be a whole number from 0 to 100, not 101\n"       },
    {"an impossible schedule",
     {{"a.yaml", JOB("a") "schedule: \"*-02-30 02:00\"\n"}},
     "a.yaml:4:11: 'schedule' cannot be '*-02-30 02:00': '*-02-30 02:00' never happens (such as "
     "monthly, *-*-01 02:00, *-*~01 03:00 (the last day) or Mon..Fri 16:30 Europe/Berlin)\n"   },
    {"an hour too many",
     {{"a.yaml", JOB("a") "schedule: 25:00\n"}},
     "a.yaml:4:11: 'schedule' cannot be '25:00': '25:00' is not a time of day (such as monthly, "
     "*-*-01 02:00, *-*~01 03:00 (the last day) or Mon..Fri 16:30 Europe/Berlin)\n"            },
    {"an unknown dependency",
     {{"a.yaml", JOB("a") "after: [b]\n"}},
     "a.yaml:4:9: no definition 'b' (name a file of the jobs directory, without .yaml)\n"      },
    {"an unknown step",
     {{"a.yaml", "name: a\nkey: period\nsteps: [b]\n"}},
     "a.yaml:3:9: no definition 'b' (name a file of the jobs directory, without .yaml)\n"      },
    {"itself",
     {{"a.yaml", JOB("a") "after: [a]\n"}},
     "a.yaml:4:9: 'a' would wait for itself (remove it)\n"                                     },
    {"a circle of two",
     {{"a.yaml", JOB("a") "after: [b]\n"}, {"b.yaml", JOB("b") "after: [a]\n"}},
     "b.yaml:4:9: 'a' would wait for itself: a -> b -> a (remove one of these dependencies)\n" },
    {"a circle behind a tail",
     {{"a.yaml", JOB("a") "after: [b]\n"},
      {"b.yaml", JOB("b") "after: [c]\n"},
      {"c.yaml", JOB("c") "after: [d]\n"},
      {"d.yaml", JOB("d") "after: [b]\n"}},
     "d.yaml:4:9: 'b' would wait for itself: b -> c -> d -> b (remove one of these "
     "dependencies)\n"                                                                         },
    {"two circles",
     {{"a.yaml", JOB("a") "after: [b, c]\n"},
      {"b.yaml", JOB("b") "after: [a]\n"},
      {"c.yaml", JOB("c") "after: [a]\n"}},
     "b.yaml:4:9: 'a' would wait for itself: a -> b -> a (remove one of these dependencies)\n"
     "c.yaml:4:9: 'a' would wait for itself: a -> c -> a (remove one of these dependencies)\n" },
    {"a step that waits for its pipeline",
     {{"a.yaml", "name: a\nkey: period\nsteps: [b]\n"}, {"b.yaml", JOB("b") "after: [a]\n"}},
     "b.yaml:4:9: 'a' would wait for itself: a -> b -> a (remove one of these dependencies)\n" },
    {"a diamond is no circle",
     {{"a.yaml", JOB("a") "after: [b, c]\n"},
      {"b.yaml", JOB("b") "after: [d]\n"},
      {"c.yaml", JOB("c") "after: [d]\n"},
      {"d.yaml", JOB("d")}},
     ""                                                                                        },
    {"steps in the wrong order",
     {{"a.yaml", "name: a\nkey: period\nsteps: [c, b]\n"},
      {"b.yaml", JOB("b")},
      {"c.yaml", JOB("c") "after: [b]\n"}},
     "a.yaml:3:9: step 'c' stands before 'b', which it must come after (change their order)\n" },
    {"a pipeline in a pipeline",
     {{"a.yaml", "name: a\nkey: period\nsteps: [b]\n"},
      {"b.yaml", "name: b\nkey: period\nsteps: [c]\n"},
      {"c.yaml", JOB("c")}},
     "a.yaml:3:9: step 'b' is a pipeline itself (name its steps instead)\n"                    },
    {"a step with another key",
     {{"a.yaml", "name: a\nkey: period\nsteps: [b]\n"},
      {"b.yaml", "name: b\njob: fetch-rates\nkey: date\n"}},
     "a.yaml:3:9: step 'b' is run for a key of kind date, the pipeline for period (all steps of a "
     "pipeline share its key)\n"                                                               },
    {"a bad file does not hide the others",
     {{"a.yaml", "name: [a\n"}, {"b.yaml", JOB("b") "chunk_sise: 4\n"}},
     "a.yaml:2:1: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence "
     "that begins in line 1 (look at the indentation, the quotes and the colons there)\n"
     "b.yaml:4:1: unknown key 'chunk_sise' (did you mean 'chunk_size'?)\n"                     },
    {"other endings",
     {{"a.yaml", JOB("a")},
      {"b.yml", JOB("b")},
      {"README.md", "x"},
      {".hidden.yaml", "["},
      {"c.yaml~", "["},
      {".yaml", "["}},
     "b.yml: a job file ends in .yaml (rename it to end in .yaml)\n"                           },
};

START_TEST(refuses)
{
    const struct refuse_case *c = &refuse_cases[_i];
    CLEANUP(loading_end) struct loading loading = loading_of(c->files, FILES_MAX);
    const char *text = loading_problems(&loading);
    ck_assert_msg(strcmp(text, c->problems) == 0, "%s:\n%s", c->name, text);
}
END_TEST

START_TEST(refuses_what_is_no_file)
{
    CLEANUP(loading_end) struct loading loading = loading_of(NULL, 0);
    struct scratch *scratch = &loading.scratch;
    ck_assert_uint_eq(loading.problems.count, 0); /* an empty folder is fine */
    ck_assert_uint_eq(loading.definitions.count, 0);
    (void)scratch_write(scratch, "elsewhere/real", JOB("linked"));
    ck_assert_int_eq(symlink("elsewhere/real", scratch_path(scratch, "linked.yaml").text), 0);
    ck_assert_int_eq(symlink("nowhere", scratch_path(scratch, "dangling.yaml").text), 0);
    ck_assert_int_eq(symlink("loop.yaml", scratch_path(scratch, "loop.yaml").text), 0);
    ck_assert_int_eq(mkdir(scratch_path(scratch, "folder.yaml").text, 0700), 0);
    ck_assert_int_eq(mkfifo(scratch_path(scratch, "pipe.yaml").text, 0600), 0);
    struct scratch_path huge = scratch_write(scratch, "huge.yaml", JOB("huge"));
    ck_assert_int_eq(truncate(huge.text, 70000000), 0);
    job_files_load(scratch->path, known, ARRAY_LEN(known), loading.arena, &loading.problems,
                   &loading.definitions);
    ck_assert_str_eq(
        loading_problems(&loading),
        "dangling.yaml: cannot be opened: No such file or directory (it must exist and be readable "
        "for the user that runs billmill)\n"
        "folder.yaml: not a regular file (put a file there)\n"
        "huge.yaml: 70000000 bytes, at most 262144 are read (look whether it is the right file)\n"
        "loop.yaml: cannot be opened: Too many levels of symbolic links (it must exist and be "
        "readable for the user that runs billmill)\n"
        "pipe.yaml: not a regular file (put a file there)\n");
    ck_assert_uint_eq(loading.definitions.count, 1);
    ck_assert_str_eq(loading.definitions.items[0].name.text, "linked");
}
END_TEST

START_TEST(misses_directory)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    struct problem_list problems = {.arena = arena};
    struct job_definitions definitions = {0};
    job_files_load("build/no-such-folder", known, ARRAY_LEN(known), arena, &problems, &definitions);
    ck_assert_str_eq(
        problems_text(&problems, ""),
        "build/no-such-folder: the directory of the jobs cannot be read: No such file or directory "
        "(see `directories: jobs:` in the configuration)\n");
    ck_assert_uint_eq(definitions.count, 0);
}
END_TEST

/* A chain as long as files may be many, from the first to the last and back: one circle, no deep
 * recursion. */
START_TEST(finds_long_circle)
{
    CLEANUP(loading_end) struct loading loading = loading_of(NULL, 0);
    for (unsigned i = 0; i < JOB_FILES_MAX; i++) {
        const char *name = arena_printf(loading.arena, "j%03u", i);
        (void)scratch_write(&loading.scratch, arena_printf(loading.arena, "%s.yaml", name),
                            arena_printf(loading.arena,
                                         "name: %s\njob: rating\nkey: period\nafter: [j%03u]\n",
                                         name, (i + 1) % JOB_FILES_MAX));
    }
    job_files_load(loading.scratch.path, known, ARRAY_LEN(known), loading.arena, &loading.problems,
                   &loading.definitions);
    ck_assert_uint_eq(loading.definitions.count, JOB_FILES_MAX);
    ck_assert_uint_eq(loading.problems.count, 1);
    const char *text = loading_problems(&loading);
    ck_assert_msg(
        text_starts_with(text, "j499.yaml:4:9: 'j000' would wait for itself: j000 -> j001 -> "),
        "%s", text);
    (void)scratch_write(&loading.scratch, "one-more.yaml", JOB("one-more"));
    loading.problems.count = 0;
    job_files_load(loading.scratch.path, known, ARRAY_LEN(known), loading.arena, &loading.problems,
                   &loading.definitions);
    ck_assert_str_eq(
        problems_text(&loading.problems, loading.scratch.path),
        ": 501 job files, at most 500 are read (look whether it is the right directory)\n");
    ck_assert_uint_eq(loading.definitions.count, 0);
}
END_TEST

TEST_SUITE(job_file)
{
    TEST_TABLE(writes_canonical, canonical_cases);
    TEST_ONE(sorts_after_but_not_steps);
    TEST_TABLE(refuses, refuse_cases);
    TEST_ONE(refuses_what_is_no_file);
    TEST_ONE(misses_directory);
    TEST_ONE(finds_long_circle);
}
