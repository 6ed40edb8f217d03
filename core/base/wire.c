/* The port of calls: see wire.h. */
#include "core/base/wire.h"

/* ASCII: what names of headers are made of. */
static int lower(char character)
{
    return character >= 'A' && character <= 'Z' ? character - 'A' + 'a' : character;
}

static bool is_name(const char *text, const char *name)
{
    for (; *text != '\0' && lower(*text) == lower(*name); text++)
        name++;
    return *text == '\0' && *name == '\0';
}

const char *wire_answer_header(const struct wire_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->header_count; i++)
        if (is_name(answer->headers[i].name, name))
            return answer->headers[i].value;
    return NULL;
}

bool wire_start(struct wire *wire, const struct wire_call *call, uint64_t tag, struct error *err)
{
    if (!wire->interface->start(wire, call, tag, err))
        return false;
    wire->in_flight++;
    return true;
}

bool wire_poll(struct wire *wire, int32_t timeout_ms, struct wire_arrival *ret_arrivals,
               size_t room, size_t *ret_count, struct error *err)
{
    if (!wire->interface->poll(wire, timeout_ms, ret_arrivals, room, ret_count, err))
        return false;
    wire->in_flight -= *ret_count;
    return true;
}

void wire_stop(struct wire *wire)
{
    wire->interface->stop(wire);
}

void wire_destroy(struct wire **wire)
{
    if (*wire != NULL)
        (*wire)->interface->destroy(*wire);
    *wire = NULL;
}
