/* Which database: see settings.h. A text here may hold a password, so it never enters a message:
 * only `display` does. */
#include <string.h>
#include <sys/stat.h>

#include "core/base/text.h"
#include "core/setup/settings.h"
#include "core/setup/small_file.h"

#define SECRET_BYTES_MAX 4096u

static const char *const postgres_schemes[] = {"postgres://", "postgresql://"};

/* A database as somebody gave it. */
struct source {
    const char *text;
    const char *name;      /* "--database" in messages */
    const char *directory; /* relative paths start here; "": the working directory */
    bool open_to_see;      /* in a process list or a shared file: no password may stand there */
};

static const char *without_scheme(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(postgres_schemes); i++)
        if (text_starts_with(text, postgres_schemes[i]))
            return text + strlen(postgres_schemes[i]);
    return NULL;
}

/* Where ":password" stands in "user:password@host/…": from the first colon to the last @ of the
 * whole text, so that a password with characters that should have been escaped is still found
 * whole. */
static bool find_password(const char *rest, const char **ret_start, const char **ret_end)
{
    const char *at = strrchr(rest, '@');
    const char *colon = at == NULL ? NULL : memchr(rest, ':', (size_t)(at - rest));
    if (colon == NULL)
        return false;
    *ret_start = colon;
    *ret_end = at;
    return true;
}

/* libpq also takes a password as a parameter. */
static const char *find_password_parameter(const char *rest)
{
    const char *query = strchr(rest, '?');
    while (query != NULL) {
        query++;
        if (text_starts_with(query, "password=") || text_starts_with(query, "sslpassword="))
            return strchr(query, '=') + 1;
        query = strchr(query, '&');
    }
    return NULL;
}

static bool postgres_location(const struct source *source, const char *rest, struct arena *arena,
                              struct database_location *ret_location, struct error *err)
{
    const char *start = NULL;
    const char *end = NULL;
    bool in_authority = find_password(rest, &start, &end);
    const char *parameter = find_password_parameter(rest);
    if (source->open_to_see && (in_authority || parameter != NULL)) {
        (void)error_run(err, EXIT_CONFIG, "%s: a password may not stand there", source->name);
        return error_hint(err, "put the whole URL into a file of mode 0600 and write {file: PATH}, "
                               "or give it in the environment variable " SETTINGS_DATABASE_ENV);
    }
    ret_location->kind = DATABASE_POSTGRES;
    ret_location->text = arena_copy(arena, source->text);
    ret_location->display = ret_location->text;
    if (in_authority)
        ret_location->display = arena_printf(arena, "%.*s:***%.*s", (int)(start - source->text),
                                             source->text, (int)strcspn(end, "?"), end);
    else if (parameter != NULL) /* no parameter is worth the risk of showing the wrong one */
        ret_location->display =
            arena_printf(arena, "%.*s", (int)strcspn(source->text, "?"), source->text);
    return true;
}

/* "mysql:" of "mysql://…": a letter, then letters, digits, + - . up to a colon. */
static bool has_scheme(const char *text)
{
    size_t length =
        strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.");
    return length > 0 && text[length] == ':';
}

/* "host=db.example password=…", which libpq takes and billmill does not. */
static bool is_keyword_list(const char *text)
{
    static const char *const keywords[] = {"host",     "hostaddr", "port",    "dbname", "user",
                                           "password", "passfile", "service", "sslmode"};
    for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
        size_t length = strlen(keywords[i]);
        if (text_starts_with(text, keywords[i]) && text[length + strspn(text + length, " ")] == '=')
            return true;
    }
    return false;
}

static bool sqlite_location(const struct source *source, struct arena *arena,
                            struct database_location *ret_location, struct error *err)
{
    bool named = text_starts_with(source->text, "sqlite:");
    const char *path = source->text + (named ? strlen("sqlite:") : 0);
    bool relative = path[0] != '/' && source->directory[0] != '\0';
    if (!named && is_keyword_list(path)) {
        (void)error_run(err, EXIT_CONFIG, "%s: keywords of libpq, where an address is expected",
                        source->name);
        return error_hint(err, "postgresql://USER@HOST:PORT/NAME?sslmode=verify-full; a file of "
                               "such a name is ./NAME");
    }
    if (path[0] == '\0' || path[0] == ':' || (!named && has_scheme(path))) {
        (void)error_run(err, EXIT_CONFIG,
                        "%s: not the path of a database file and no known kind of database",
                        source->name);
        return error_hint(err, "sqlite:PATH, a PATH, or postgresql://USER@HOST/NAME");
    }
    ret_location->kind = DATABASE_SQLITE;
    ret_location->text =
        relative ? arena_printf(arena, "%s/%s", source->directory, path) : arena_copy(arena, path);
    ret_location->display = ret_location->text;
    return true;
}

static bool locate(const struct source *source, struct arena *arena,
                   struct database_location *ret_location, struct error *err)
{
    struct database_location location = {0};
    const char *rest = without_scheme(source->text);
    bool ok = rest != NULL ? postgres_location(source, rest, arena, &location, err)
                           : sqlite_location(source, arena, &location, err);
    if (ok)
        *ret_location = location;
    return ok;
}

/* --- where it is given ------------------------------------------------------------------------ */

static bool secret_file_text(const char *path, struct arena *arena, const char **ret_text,
                             struct error *err)
{
    struct small_file file;
    if (!small_file_read(path, SECRET_BYTES_MAX, arena, &file, err))
        return error_context(err, "secret file %s", path);
    if ((file.mode & S_IRWXO) != 0) {
        (void)error_run(err, EXIT_CONFIG, "secret file %s: others may read or write it", path);
        return error_hint(err, "chmod 0600 %s", path);
    }
    size_t end = file.size;
    while (end > 0 && (file.bytes[end - 1] == '\n' || file.bytes[end - 1] == '\r'))
        end--;
    file.bytes[end] = '\0';
    if (end == 0 || strlen(file.bytes) != end || strpbrk(file.bytes, "\r\n") != NULL) {
        (void)error_run(err, EXIT_CONFIG, "secret file %s: not one line of text", path);
        return error_hint(err, "it holds the secret and nothing else");
    }
    *ret_text = file.bytes;
    return true;
}

static bool secret_env_text(const char *name, environment_get *get_env, const char **ret_text,
                            struct error *err)
{
    const char *text = get_env(name);
    if (text_is_empty(text)) {
        (void)error_run(err, EXIT_CONFIG, "environment variable %s is not set", name);
        return error_hint(err, "the configuration names it");
    }
    *ret_text = text;
    return true;
}

/* A bare path in a secret is relative to the settings, like one in the file. */
static bool file_source(const struct settings *settings, environment_get *get_env,
                        struct arena *arena, struct source *ret_source, struct error *err)
{
    const struct setting_secret *secret = &settings->database;
    struct source source = {.name = "database", .directory = settings->directory};
    if (secret->value.text != NULL) {
        source.text = secret->value.text;
        source.open_to_see = true;
    } else if (secret->file.text != NULL) {
        if (!secret_file_text(secret->file.text, arena, &source.text, err))
            return false;
    } else if (secret->env.text != NULL) {
        if (!secret_env_text(secret->env.text, get_env, &source.text, err))
            return false;
    }
    *ret_source = source;
    return true;
}

bool settings_database(const struct settings *settings, const char *database_argument,
                       environment_get *get_env, struct arena *arena,
                       struct database_location *ret_location, struct error *err)
{
    struct source source = {
        .text = database_argument, .name = "--database", .directory = "", .open_to_see = true};
    if (source.text == NULL && !text_is_empty(get_env(SETTINGS_DATABASE_ENV)))
        source = (struct source){get_env(SETTINGS_DATABASE_ENV), SETTINGS_DATABASE_ENV, "", false};
    if (source.text == NULL && settings != NULL &&
        !file_source(settings, get_env, arena, &source, err))
        return false;
    if (source.text == NULL) {
        (void)error_run(err, EXIT_CONFIG, "no database");
        return error_hint(err,
                          "--database PLACE, " SETTINGS_DATABASE_ENV ", or `database: PLACE` in "
                          "the configuration: a file or a server");
    }
    return locate(&source, arena, ret_location, err);
}

bool settings_secret(const struct setting_secret *secret, const char *name,
                     environment_get *get_env, struct arena *arena, const char **ret_text,
                     struct error *err)
{
    const char *text = NULL;
    if (secret->value.text != NULL) {
        (void)error_run(err, EXIT_CONFIG, "%s: a secret may not stand there", name);
        return error_hint(err, "write {file: PATH} of a file of mode 0600, or {env: NAME}");
    }
    if ((secret->file.text != NULL && !secret_file_text(secret->file.text, arena, &text, err)) ||
        (secret->env.text != NULL && !secret_env_text(secret->env.text, get_env, &text, err)))
        return error_context(err, "%s", name);
    *ret_text = text;
    return true;
}
