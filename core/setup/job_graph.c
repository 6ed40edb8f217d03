/* Dependencies over all job files: see job_graph.h. The search for circles is depth first, with a
 * stack of its own, since its depth is given by files. */
#include "core/setup/job_graph.h"

#include <string.h>

#include "core/base/text.h"

enum visit { NOT_VISITED, BEING_VISITED, VISITED };

struct graph {
    const struct job_definitions *definitions;
    struct arena *arena;
    struct problem_list *problems;
    enum visit *visits; /* of each definition */
    size_t *path;       /* the definitions being visited, outermost first */
    size_t *next_edge;  /* for each of the path */
    size_t path_length;
};

/* The n-th name that a definition waits for, over `after` and `steps`; NULL behind the last. */
static const struct setting_text *edge(const struct job_definition *definition, size_t index)
{
    if (index < definition->after.count)
        return &definition->after.items[index];
    index -= definition->after.count;
    return index < definition->steps.count ? &definition->steps.items[index] : NULL;
}

/* --- names ------------------------------------------------------------------------------------ */

static void check_names(const struct graph *graph, const struct job_definition *definition)
{
    const struct setting_text *name = NULL;
    for (size_t i = 0; (name = edge(definition, i)) != NULL; i++)
        if (job_definition_find(graph->definitions, name->text) == NULL)
            problem_add(graph->problems, name->at,
                        "name a file of the jobs directory, without .yaml", "no definition '%s'",
                        name->text);
}

/* --- steps ------------------------------------------------------------------------------------ */

static void check_step(const struct graph *graph, const struct job_definition *pipeline,
                       const struct setting_text *name)
{
    const struct job_definition *step = job_definition_find(graph->definitions, name->text);
    if (step == NULL || step == pipeline)
        return;
    if (step->steps.count > 0)
        problem_add(graph->problems, name->at, "name its steps instead",
                    "step '%s' is a pipeline itself", name->text);
    else if (step->key != pipeline->key && /* what is run for months may be run for days */
             !(pipeline->key == BUSINESS_KEY_DATE && step->key == BUSINESS_KEY_PERIOD))
        problem_add(graph->problems, name->at, "all steps of a pipeline share its key",
                    "step '%s' is run for a key of kind %s, the pipeline for %s", name->text,
                    business_key_name(step->key), business_key_name(pipeline->key));
}

static bool comes_after(const struct job_definition *definition, const char *name)
{
    for (size_t i = 0; i < definition->after.count; i++)
        if (text_equal(definition->after.items[i].text, name))
            return true;
    return false;
}

static void check_order(const struct graph *graph, const struct setting_texts *steps, size_t index)
{
    const struct job_definition *step =
        job_definition_find(graph->definitions, steps->items[index].text);
    for (size_t later = index + 1; step != NULL && later < steps->count; later++)
        if (comes_after(step, steps->items[later].text))
            problem_add(graph->problems, steps->items[index].at, "change their order",
                        "step '%s' stands before '%s', which it must come after",
                        steps->items[index].text, steps->items[later].text);
}

/* --- circles ---------------------------------------------------------------------------------- */

/* The names of the path from `first` on, and `first` again. */
static const char *circle_text(const struct graph *graph, size_t first)
{
    const struct job_definition *items = graph->definitions->items;
    const char *text = "";
    for (size_t at = 0; at < graph->path_length; at++)
        if (graph->path[at] == first || text[0] != '\0')
            text = arena_printf(graph->arena, "%s%s -> ", text, items[graph->path[at]].name.text);
    return arena_printf(graph->arena, "%s%s", text, items[first].name.text);
}

static void report_circle(const struct graph *graph, const struct setting_text *name, size_t first)
{
    bool self = graph->path[graph->path_length - 1] == first;
    if (self)
        problem_add(graph->problems, name->at, "remove it", "'%s' would wait for itself",
                    name->text);
    else
        problem_add(graph->problems, name->at, "remove one of these dependencies",
                    "'%s' would wait for itself: %s", name->text, circle_text(graph, first));
}

static void enter(struct graph *graph, size_t index)
{
    graph->visits[index] = BEING_VISITED;
    graph->path[graph->path_length] = index;
    graph->next_edge[graph->path_length++] = 0;
}

/* One edge of the innermost definition, or the way back. */
static void visit_step(struct graph *graph)
{
    size_t index = graph->path[graph->path_length - 1];
    const struct job_definition *definition = &graph->definitions->items[index];
    const struct setting_text *name = edge(definition, graph->next_edge[graph->path_length - 1]++);
    if (name == NULL) {
        graph->visits[index] = VISITED;
        graph->path_length--;
        return;
    }
    const struct job_definition *target = job_definition_find(graph->definitions, name->text);
    if (target == NULL)
        return;
    size_t target_index = (size_t)(target - graph->definitions->items);
    if (graph->visits[target_index] == BEING_VISITED)
        report_circle(graph, name, target_index);
    else if (graph->visits[target_index] == NOT_VISITED)
        enter(graph, target_index);
}

void job_graph_check(const struct job_definitions *definitions, struct arena *arena,
                     struct problem_list *problems)
{
    struct graph graph = {
        .definitions = definitions,
        .arena = arena,
        .problems = problems,
        .visits = ARENA_NEW_ARRAY(arena, enum visit, definitions->count + 1),
        .path = ARENA_NEW_ARRAY(arena, size_t, definitions->count + 1),
        .next_edge = ARENA_NEW_ARRAY(arena, size_t, definitions->count + 1),
    };
    for (size_t i = 0; i < definitions->count; i++) {
        const struct job_definition *definition = &definitions->items[i];
        check_names(&graph, definition);
        for (size_t s = 0; s < definition->steps.count; s++) {
            check_step(&graph, definition, &definition->steps.items[s]);
            check_order(&graph, &definition->steps, s);
        }
    }
    for (size_t i = 0; i < definitions->count; i++) {
        if (graph.visits[i] != NOT_VISITED)
            continue;
        for (enter(&graph, i); graph.path_length > 0;)
            visit_step(&graph);
    }
}
