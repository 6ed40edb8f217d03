/* Dunning policies as texts: see dunning_terms.h. */
#include "core/billing/dunning_terms.h"

#include <string.h>

#include "core/base/array.h"
#include "core/base/text.h"

#define WORD_MAX 60
#define STEP_DIGITS_MAX 6
#define CHECK_ARENA_CAP ((size_t)4 << 20)

const char *const dunning_presets[] = {
    "standard days 3 charge, mail payment_failed; 7 charge, mail payment_failed;"
    " 14 charge, mail payment_failed, past_due; 21 charge, mail payment_reminder; end pause",
    "gentle days 3 charge, mail payment_failed; 7 charge, mail payment_failed;"
    " 14 charge, mail payment_failed, past_due; 30 charge, mail payment_reminder; end pause",
    "chained chained 1 charge; 8 charge, mail payment_failed; 4 charge, mail payment_failed,"
    " past_due; 7 charge, mail payment_reminder; end pause",
    "hours hours 24 charge; 48 charge, mail payment_failed; 96 charge, mail payment_reminder;"
    " end pause",
    NULL,
};

struct reader {
    struct arena *arena;
    const char *at;
    const char *policy; /* for messages */
};

static void skip_spaces(struct reader *reader)
{
    while (*reader->at == ' ')
        reader->at++;
}

static bool is_end(char c)
{
    return c == '\0' || c == ' ' || c == ',' || c == ';';
}

/* "" where there is none. */
static const char *read_word(struct reader *reader)
{
    skip_spaces(reader);
    const char *from = reader->at;
    while (!is_end(*reader->at))
        reader->at++;
    return arena_copy_n(reader->arena, from, (size_t)(reader->at - from));
}

static bool take(struct reader *reader, char c)
{
    skip_spaces(reader);
    if (*reader->at != c)
        return false;
    reader->at++;
    return true;
}

static bool refuse(const struct reader *reader, const char *expected, const char *got,
                   struct error *err)
{
    return error_item(err, "bad_dunning_policy", "policy '%.40s': expected %s, not '%.40s'",
                      reader->policy, expected, got);
}

static bool is_name(const char *word)
{
    size_t length = strlen(word);
    return length > 0 && length <= WORD_MAX && word[0] >= 'a' && word[0] <= 'z' &&
           strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

static bool read_spacing(struct reader *reader, enum dunning_spacing *ret_spacing,
                         struct error *err)
{
    static const char *const words[] = {
        [DUNNING_DAYS] = "days", [DUNNING_DAYS_CHAINED] = "chained", [DUNNING_HOURS] = "hours"};
    const char *word = read_word(reader);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (!text_equal(word, words[i]))
            continue;
        *ret_spacing = (enum dunning_spacing)i;
        return true;
    }
    return refuse(reader, "days, chained or hours", word, err);
}

static bool read_action(struct reader *reader, struct dunning_action *ret_action, struct error *err)
{
    static const char *const words[] = {[DUNNING_ACTION_CHARGE] = "charge",
                                        [DUNNING_ACTION_MAIL] = "mail",
                                        [DUNNING_ACTION_WEBHOOK] = "webhook",
                                        [DUNNING_ACTION_PAST_DUE] = "past_due",
                                        [DUNNING_ACTION_PAUSE] = "pause"};
    const char *word = read_word(reader);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (!text_equal(word, words[i]))
            continue;
        *ret_action = (struct dunning_action){.kind = (enum dunning_action_kind)i};
        if (ret_action->kind != DUNNING_ACTION_MAIL)
            return true;
        ret_action->mail_template = read_word(reader);
        return is_name(ret_action->mail_template) ||
               refuse(reader, "mail TEMPLATE", ret_action->mail_template, err);
    }
    return refuse(reader, "charge, mail TEMPLATE, webhook, past_due or pause", word, err);
}

static const char *action_text(const struct dunning_action *action, struct arena *arena)
{
    switch (action->kind) {
    case DUNNING_ACTION_CHARGE:
        return "charge";
    case DUNNING_ACTION_MAIL:
        return arena_printf(arena, "mail %s", action->mail_template);
    case DUNNING_ACTION_WEBHOOK:
        return "webhook";
    case DUNNING_ACTION_PAST_DUE:
        return "past_due";
    case DUNNING_ACTION_PAUSE:
        return "pause";
    }
    return "";
}

/* Behind its number. */
static bool read_step(struct reader *reader, struct dunning_step *ret_step, struct error *err)
{
    *ret_step = (struct dunning_step){.text = ""};
    do {
        struct dunning_action *action = &ret_step->actions[ret_step->action_count];
        if (ret_step->action_count == DUNNING_ACTIONS_MAX)
            return refuse(reader, "at most 8 actions of a step", reader->at, err);
        if (!read_action(reader, action, err))
            return false;
        ret_step->text = arena_printf(reader->arena, "%s%s%s", ret_step->text,
                                      ret_step->action_count == 0 ? "" : ", ",
                                      action_text(action, reader->arena));
        ret_step->action_count++;
    } while (take(reader, ','));
    if (*reader->at == '\0' || take(reader, ';'))
        return true;
    return refuse(reader, "; behind a step", reader->at, err);
}

static bool read_offset(const struct reader *reader, const char *word, int32_t *ret_offset,
                        struct error *err)
{
    int64_t value = 0;
    if (strlen(word) > STEP_DIGITS_MAX || !text_parse_i64(word, &value))
        return refuse(reader, "the number of a step, or end", word, err);
    *ret_offset = (int32_t)value;
    return true;
}

/* Up to the end of the text. */
static bool read_end(struct reader *reader, enum dunning_end *ret_end, struct error *err)
{
    if (!dunning_end_parse(read_word(reader), ret_end, err))
        return false;
    (void)take(reader, ';');
    skip_spaces(reader);
    return *reader->at == '\0' || refuse(reader, "nothing behind the end", reader->at, err);
}

static const char *with_single_spaces(const char *text, struct arena *arena)
{
    char *copy = arena_alloc(arena, strlen(text) + 1), *target = copy;
    while (*text == ' ')
        text++;
    for (; *text != '\0'; text++)
        if (*text != ' ' || (text[1] != ' ' && text[1] != '\0'))
            *target++ = *text;
    *target = '\0';
    return copy;
}

bool dunning_terms_parse(const char *text, struct arena *arena, struct dunning_terms *ret_terms,
                         struct error *err)
{
    struct reader reader = {.arena = arena, .at = text, .policy = text};
    struct dunning_terms terms = {.name = read_word(&reader)};
    struct {
        struct dunning_step *items;
        size_t count, capacity;
    } steps = {0};
    struct {
        int32_t *items;
        size_t count, capacity;
    } offsets = {0};
    size_t at_fault = 0;
    reader.policy = terms.name;
    if (!is_name(terms.name) || text_equal(terms.name, DUNNING_NO_POLICY))
        return refuse(&reader, "a name of lower-case letters", terms.name, err);
    if (!read_spacing(&reader, &terms.policy.spacing, err))
        return false;
    for (;;) {
        const char *word = read_word(&reader);
        if (text_equal(word, "end"))
            break;
        if (steps.count == DUNNING_ATTEMPTS_MAX)
            return refuse(&reader, "fewer steps", word, err);
        if (!read_offset(&reader, word, &ARRAY_ADD(arena, &offsets), err) ||
            !read_step(&reader, &ARRAY_ADD(arena, &steps), err))
            return false;
    }
    if (!read_end(&reader, &terms.policy.end, err))
        return false;
    terms.policy.steps = offsets.items;
    terms.policy.step_count = steps.count;
    terms.steps = steps.items;
    terms.text = with_single_spaces(text, arena);
    if (!dunning_policy_check(&terms.policy, &at_fault, err))
        return error_context(err, "policy '%.40s'", terms.name);
    *ret_terms = terms;
    return true;
}

bool dunning_terms_check(const char *text, struct error *err)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("a dunning policy", CHECK_ARENA_CAP);
    struct dunning_terms ignored;
    return dunning_terms_parse(text, arena, &ignored, err);
}

bool dunning_step_charges(const struct dunning_step *step)
{
    for (size_t i = 0; i < step->action_count; i++)
        if (step->actions[i].kind == DUNNING_ACTION_CHARGE)
            return true;
    return false;
}

const char *dunning_refusal(const struct dunning_standing *standing)
{
    if (standing->tries >= standing->tries_max)
        return "network_cap";
    if (!standing->has_method)
        return "no_method";
    if (!standing->has_account)
        return "no_account";
    if (standing->has_expired)
        return "expired";
    if (standing->never_again)
        return "never";
    switch (standing->decline) {
    case DECLINE_LATER:
    case DECLINE_NEVER: /* of another token */
        return NULL;
    case DECLINE_CUSTOMER:
        return standing->same_token && standing->same_expiry ? "customer" : NULL;
    }
    return NULL;
}
