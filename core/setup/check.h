/* Everything that can be wrong with the set-up, in one list, for `billmill check`. Reads files and
 * looks at directories; opens no database and writes nothing. */
#ifndef BILLMILL_SETUP_CHECK_H
#define BILLMILL_SETUP_CHECK_H

#include "core/setup/decline_file.h"
#include "core/setup/job_file.h"
#include "core/setup/settings.h"

struct setup {
    struct settings settings;
    struct job_definitions jobs;
    struct decline_table declines; /* empty where there is no file, and none is named */
};

/* Reads the settings at `path`, all job files, the declines and the templates of mails, and looks
 * besides whether the directories are there and usable (documents, where they are to be written:
 * may be created), whether the zone files and the zones of the schedules exist, and whether the
 * database setting can be resolved (for `database_argument` and `get_env` see settings_database).
 * Every problem is added, and the list sorted; *ret_setup holds what could be read and is of use
 * only when there is none. */
void setup_check(const char *path, const char *database_argument, environment_get *get_env,
                 const struct known_job *known, size_t known_count, bool writes_documents,
                 struct arena *arena, struct problem_list *problems, struct setup *ret_setup);

/* Besides, for `check` alone: where a mail server is configured, the templates that jobs name
 * themselves. Their mails wait until these are there, and nothing else does. */
void setup_check_mails(const struct settings *settings, struct arena *arena,
                       struct problem_list *problems);

/* And whether the secrets can be had: of the gateways, mails, webhooks and sources of rates. What
 * cannot be read by whoever checks is left to who uses it. */
void setup_check_secrets(const struct settings *settings, environment_get *get_env,
                         struct arena *arena, struct problem_list *problems);

#endif
