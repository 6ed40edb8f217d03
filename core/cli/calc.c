/* Answering and streaming: see calc.h. A calculator is a row of one table. */
#include "core/cli/calc.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/cli/calc_input.h"

#define WORK_CAP_BYTES ((size_t)256 << 20)

static const struct calculator {
    const char *name;
    calculate *calculate;
} calculators[] = {
    {"price",       calc_price      },
    {"periods",     calc_periods    },
    {"proration",   calc_proration  },
    {"invoice",     calc_invoice    },
    {"credit_note", calc_credit_note},
    {"dunning",     calc_dunning    },
    {"conversion",  calc_conversion },
    {"mrr",         calc_mrr        },
    {"allocation",  calc_allocation },
};

static const struct calculator *find_calculator(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(calculators); i++)
        if (text_equal(calculators[i].name, name))
            return &calculators[i];
    return NULL;
}

bool calc_known(const char *calculator)
{
    return find_calculator(calculator) != NULL;
}

const char *calc_names(void)
{
    return "price, periods, proration, invoice, credit_note, dunning, conversion, mrr, allocation";
}

bool calc_answer(const char *calculator, const json_t *input, json_t **ret_answer,
                 struct calc_error *err)
{
    const struct calculator *found = find_calculator(calculator);
    const struct calc_place root = {.value = input};
    CLEANUP(arena_destroy) struct arena *arena = NULL;
    CLEANUP(zone_cache_destroy) struct zone_cache *zones = NULL;
    if (found == NULL)
        return calc_fail(&root, err, "no calculator '%.40s': this version has %s", calculator,
                         calc_names());
    arena = arena_create("calc", WORK_CAP_BYTES);
    zones = zone_cache_create(NULL);
    struct calc_work work = {.arena = arena, .zones = zones};
    return found->calculate(&root, &work, ret_answer, err);
}

static bool write_json(json_t *answer, FILE *out)
{
    return json_dumpf(answer, out, JSON_COMPACT) == 0 && fputc('\n', out) != EOF;
}

static bool write_error(const struct calc_error *error, FILE *out)
{
    json_t *answer = json_pack("{s:{s:o, s:o}}", "error", "message", calc_json_text(error->message),
                               "path", calc_json_text(error->path));
    bool written = answer != NULL && write_json(answer, out);
    json_decref(answer);
    return written;
}

/* Where a stream stands: the text being read and how it went so far. */
struct stream {
    const char *calculator;
    FILE *in, *out;
    char *text; /* lines held back, and one more of CALC_LINE_MAX bytes */
    size_t length;
    bool too_long; /* the rest of the line was skipped */
    int exit_code;
};

static void note_written(struct stream *stream, bool written)
{
    if (!written)
        stream->exit_code = EXIT_IO;
}

static void answer_error(struct stream *stream, const struct calc_error *error)
{
    if (stream->exit_code == EXIT_DONE)
        stream->exit_code = EXIT_DATA;
    note_written(stream, write_error(error, stream->out));
}

static void answer_input(struct stream *stream, const json_t *input)
{
    struct calc_error error = {0};
    json_t *answer = NULL;
    if (!calc_answer(stream->calculator, input, &answer, &error)) {
        answer_error(stream, &error);
        return;
    }
    note_written(stream, write_json(answer, stream->out));
    json_decref(answer);
}

/* Behind a number jansson takes a NUL byte for a space. */
static bool has_nul(const char *text, size_t length)
{
    return memchr(text, '\0', length) != NULL;
}

static json_t *parse(const char *text, size_t length, json_error_t *ret_error)
{
    return json_loadb(text, length, JSON_REJECT_DUPLICATES, ret_error);
}

static void answer_text(struct stream *stream, const char *text, size_t length)
{
    const struct calc_place root = {0};
    struct calc_error error = {0};
    json_error_t problem;
    json_t *input = has_nul(text, length) ? NULL : parse(text, length, &problem);
    if (input == NULL) {
        (void)calc_fail(&root, &error, "not JSON: %s",
                        has_nul(text, length) ? "there is a NUL byte in it" : problem.text);
        answer_error(stream, &error);
        return;
    }
    answer_input(stream, input);
    json_decref(input);
}

static bool is_blank(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (strchr(" \t\r\n", text[i]) == NULL || text[i] == '\0')
            return false;
    return true;
}

static void answer_line(struct stream *stream, const char *text, size_t length)
{
    const struct calc_place root = {0};
    struct calc_error error = {0};
    if (stream->too_long) {
        (void)calc_fail(&root, &error, "the line is longer than %zu bytes", CALC_LINE_MAX);
        answer_error(stream, &error);
    } else if (!is_blank(text, length)) {
        answer_text(stream, text, length);
    }
}

/* Appends one line, without its newline, at `from`; false at the end of the input. */
static bool read_line(struct stream *stream, size_t from)
{
    int c;
    stream->length = from;
    stream->too_long = false;
    while ((c = getc(stream->in)) != EOF && c != '\n') {
        if (stream->length < from + CALC_LINE_MAX)
            stream->text[stream->length++] = (char)c;
        else
            stream->too_long = true;
    }
    return c != EOF || stream->length > from;
}

/* The next line of a held text from *start on, without its newline; *start moves behind it. */
static size_t held_line(const struct stream *stream, size_t length, size_t *start)
{
    size_t begin = *start;
    const char *end = memchr(stream->text + begin, '\n', length - begin);
    size_t line_length = end == NULL ? length - begin : (size_t)(end - stream->text) - begin;
    *start = begin + line_length + 1;
    return line_length;
}

static bool some_line_is_an_object(const struct stream *stream, size_t length)
{
    for (size_t start = 0, begin = 0; start <= length; begin = start) {
        json_error_t problem;
        size_t line_length = held_line(stream, length, &start);
        json_t *line = parse(stream->text + begin, line_length, &problem);
        bool is_object = json_is_object(line);
        json_decref(line);
        if (is_object)
            return true;
    }
    return false;
}

/* The first line is the beginning of an object that may go on over the next lines. They are held
 * back as long as a line may be: if that is the whole input and one value, or no line of it is an
 * object, it is one question; else it is JSON Lines. */
static void answer_whole_or_lines(struct stream *stream)
{
    bool more = true;
    while (more && !stream->too_long && stream->length < CALC_LINE_MAX) {
        stream->text[stream->length] = '\n';
        more = read_line(stream, stream->length + 1);
    }
    size_t length = stream->length;
    bool last_too_long = stream->too_long;
    json_error_t problem;
    json_t *whole = more ? NULL : parse(stream->text, length, &problem);
    bool one = whole != NULL || (!more && !some_line_is_an_object(stream, length));
    json_decref(whole);
    stream->too_long = false;
    if (one) {
        answer_text(stream, stream->text, length);
        return;
    }
    for (size_t start = 0, begin = 0; start <= length; begin = start) {
        size_t line_length = held_line(stream, length, &start);
        stream->too_long = last_too_long && start > length;
        answer_line(stream, stream->text + begin, line_length);
    }
}

/* True when the first line alone is not JSON because it ends too early. */
static bool goes_on(const struct stream *stream)
{
    json_error_t problem;
    json_t *line = parse(stream->text, stream->length, &problem);
    json_decref(line);
    return line == NULL && json_error_code(&problem) == json_error_premature_end_of_input;
}

static bool skip_blank_lines(struct stream *stream)
{
    while (read_line(stream, 0))
        if (stream->too_long || !is_blank(stream->text, stream->length))
            return true;
    return false;
}

int calc_stream(const char *calculator, FILE *in, FILE *out)
{
    struct stream stream = {
        .calculator = calculator,
        .in = in,
        .out = out,
        .text = memory_alloc(2 * CALC_LINE_MAX + 2, "calc's line"),
        .exit_code = EXIT_DONE,
    };
    const struct calc_error nothing = {.message = "no input: expected a JSON object", .path = "$"};
    if (!skip_blank_lines(&stream))
        answer_error(&stream, &nothing);
    else if (!stream.too_long && goes_on(&stream))
        answer_whole_or_lines(&stream);
    else
        answer_line(&stream, stream.text, stream.length);
    while (read_line(&stream, 0))
        answer_line(&stream, stream.text, stream.length);
    free(stream.text);
    if (ferror(in) != 0 || fflush(out) != 0)
        return EXIT_IO;
    return stream.exit_code;
}
