#include "memory_calls.h"

#include "../harness/harness.h"

#include <stdlib.h>
#include <string.h>

static void *allocate(size_t size)
{
  void *memory = midl_user_allocate(size);
  CHECK(memory);
  memset(memory, 0, size);
  return memory;
}

char *text_make(const char *text)
{
  char *copy = allocate(strlen(text) + 1);
  strcpy(copy, text);
  return copy;
}

wchar_t *wide_make(const wchar_t *text)
{
  wchar_t *copy = allocate((wcslen(text) + 1) * sizeof(*copy));
  wcscpy(copy, text);
  return copy;
}

static char *numbered(const char *text, LONG number)
{
  char line[64];
  snprintf(line, sizeof(line), "%s %ld", text, number);
  return text_make(line);
}

link_t *links_make(LONG count)
{
  link_t *first = NULL, **last = &first;
  for (LONG i = 0; i < count; i++) {
    *last = allocate(sizeof(**last));
    (*last)->value = i;
    (*last)->shade = i % 3;
    (*last)->name = i % 4 ? numbered("link", i) : NULL;
    last = &(*last)->next;
  }
  return first;
}

void links_free(link_t *list)
{
  while (list) {
    link_t *next = list->next;
    midl_user_free(list->name);
    midl_user_free(list);
    list = next;
  }
}

LONG links_count(const link_t *list)
{
  LONG count = 0;
  for (; list; list = list->next)
    count++;
  return count;
}

/* One link of those that links_make() makes. */
static void check_link(const link_t *link, LONG number)
{
  char name[64];
  CHECK(link);
  CHECK_EQ(link->value, number);
  CHECK_EQ(link->shade, number % 3);
  snprintf(name, sizeof(name), "link %ld", number);
  CHECK(number % 4 ? link->name && !strcmp(link->name, name) : !link->name);
}

blob_t *blob_make(LONG count)
{
  blob_t *blob = allocate(sizeof(*blob) + count);
  blob->count = count;
  for (LONG i = 0; i < count; i++)
    blob->data[i] = (byte)(i * 7);
  return blob;
}

void record_make(record_t *record, LONG kind, LONG count)
{
  memset(record, 0, sizeof(*record));
  record->kind = kind;
  if (kind == 1)
    record->choice.text = wide_make(L"text");
  else if (kind == 2)
    record->choice.link = links_make(2);
  else if (kind == 3)
    record->choice.shade = SHADE_DARK;
  else if (kind == 4)
    record->choice.number = 1LL << 40;
  record->count = count;
  if (count)
    record->names = allocate(count * sizeof(*record->names));
  for (LONG i = 0; i < count; i++)
    record->names[i] = i % 3 == 1 ? NULL : numbered("name", i);
  record->used = 3;
  record->numbers = allocate(8 * sizeof(*record->numbers));
  for (LONG i = 0; i < 3; i++)
    record->numbers[i] = i + 1;
  record->blob = count ? blob_make(count) : NULL;
  record->first = SHADE_LIGHT;
  record->second = SHADE_DARK;
}

void record_change(record_t *record)
{
  shade_t first = record->first;
  if (record->kind == 1 && record->choice.text)
    _wcsupr(record->choice.text);
  else if (record->kind == 2 && record->choice.link)
    record->choice.link->value += 100;
  else if (record->kind == 3)
    record->choice.shade = SHADE_LIGHT;
  else if (record->kind == 4)
    record->choice.number = -record->choice.number;
  for (LONG i = 0; record->names && i < record->count; i++)
    if (record->names[i])
      _strupr(record->names[i]);
  if (record->numbers && record->used >= 0 && record->used <= 8) {
    for (LONG i = 0; i < record->used; i++)
      record->numbers[i] *= record->numbers[i];
    if (record->used < 8)
      record->numbers[record->used++] = -1;
  }
  for (LONG i = 0; record->blob && i < record->blob->count; i++)
    record->blob->data[i] ^= 0xff;
  record->first = record->second;
  record->second = first;
}

void record_check_changed(const record_t *record, LONG kind, LONG count)
{
  char name[64];
  CHECK_EQ(record->kind, kind);
  if (kind == 1)
    CHECK_WIDE_EQ(record->choice.text, L"TEXT");
  else if (kind == 2)
    CHECK(record->choice.link->value == 100 && links_count(record->choice.link) == 2);
  else if (kind == 3)
    CHECK_EQ(record->choice.shade, SHADE_LIGHT);
  else if (kind == 4)
    CHECK_EQ(record->choice.number, -(1LL << 40));
  CHECK_EQ(record->count, count);
  for (LONG i = 0; i < count; i++) {
    snprintf(name, sizeof(name), "NAME %ld", i);
    CHECK(i % 3 == 1 ? !record->names[i] : record->names[i] && !strcmp(record->names[i], name));
  }
  CHECK_EQ(record->used, 4);
  CHECK(record->numbers[0] == 1 && record->numbers[1] == 4 && record->numbers[2] == 9);
  CHECK_EQ(record->numbers[3], -1);
  CHECK(!record->blob == !count);
  for (LONG i = 0; i < count; i++)
    CHECK_EQ(record->blob->data[i], (byte)(i * 7) ^ 0xff);
  CHECK_EQ(record->first, SHADE_DARK);
  CHECK_EQ(record->second, SHADE_LIGHT);
}

void record_free(record_t *record)
{
  if (record->kind == 1)
    midl_user_free(record->choice.text);
  else if (record->kind == 2)
    links_free(record->choice.link);
  for (LONG i = 0; i < record->count; i++)
    midl_user_free(record->names[i]);
  midl_user_free(record->names);
  midl_user_free(record->numbers);
  midl_user_free(record->blob);
}

cell_t *graph_make(LONG value)
{
  cell_t *one = allocate(sizeof(*one)), *two = allocate(sizeof(*two)),
         *three = allocate(sizeof(*three));
  *one = (cell_t){value, two, two};
  *two = (cell_t){value + 1, three, three};
  *three = (cell_t){value + 2, NULL, NULL};
  return one;
}

void graph_check(const cell_t *graph, LONG value)
{
  const cell_t *two, *three;
  CHECK(graph && graph->right && graph->right->left);
  two = graph->right;
  three = two->left;
  CHECK(graph->left == two && two->right == three && !three->left && !three->right);
  CHECK(graph->value == value && two->value == value + 1 && three->value == value + 2);
}

void graph_free(cell_t *graph)
{
  if (!graph)
    return;
  midl_user_free(graph->right->left);
  midl_user_free(graph->right);
  midl_user_free(graph);
}

void memory_arguments_make(struct memory_arguments *arguments, LONG size)
{
  memset(arguments, 0, sizeof(*arguments));
  arguments->size = size;
  arguments->list = links_make(size);
  arguments->changed = links_make(size);
  arguments->ansi = text_make("ansi");
  arguments->wide = wide_make(L"wide");
  arguments->texts = allocate((size + 1) * sizeof(*arguments->texts));
  for (LONG i = 0; i < size; i++)
    arguments->texts[i] = numbered("text", i);
  arguments->blob = blob_make(size);
  record_make(&arguments->record, 1 + size % 4, size);
  arguments->graph = graph_make(size);
  arguments->copied = arguments->result = -1;
}

static void check_joined(const struct memory_arguments *arguments)
{
  wchar_t expected[32];
  swprintf(expected, sizeof(expected) / sizeof(*expected), L"ansi wide %ld", arguments->size);
  CHECK_WIDE_EQ(arguments->joined, expected);
}

static void check_out(const struct memory_arguments *arguments)
{
  LONG size = arguments->size;
  const link_t *link = arguments->reversed;
  check_joined(arguments);
  CHECK_EQ(arguments->copied, size);
  for (LONG i = 0; i < size; i++) {
    char text[64];
    snprintf(text, sizeof(text), "text %ld", i);
    CHECK(!strcmp(arguments->copies[i], text));
  }
  CHECK_EQ(arguments->twice->count, 2 * size);
  for (LONG i = 0; i < 2 * size; i++)
    CHECK_EQ(arguments->twice->data[i], (byte)(i % size * 7));
  for (LONG i = size; i-- > 0; link = link->next)
    check_link(link, i);
  CHECK(!link);
  graph_check(arguments->other, size + 10);
}

void memory_arguments_check(struct memory_arguments *arguments, bool null)
{
  LONG size = arguments->size;
  const link_t *link = arguments->changed;
  CHECK_EQ(arguments->result, size);
  record_check_changed(&arguments->record, 1 + size % 4, size);
  for (LONG i = 0; i < size; i++, link = link->next)
    check_link(link, i);
  CHECK(link && link->value == -1 && !strcmp(link->name, "new") && !link->next);
  if (!null) {
    check_out(arguments);
    return;
  }
  CHECK_EQ(arguments->copied, 0);
  CHECK(!arguments->joined && !arguments->copies && !arguments->twice && !arguments->reversed &&
        !arguments->other);
}

void memory_arguments_check_untouched(struct memory_arguments *arguments)
{
  CHECK_EQ(links_count(arguments->changed), arguments->size);
  CHECK(!arguments->joined && !arguments->copies && !arguments->twice && !arguments->reversed &&
        !arguments->other);
  CHECK(arguments->copied == -1 && arguments->result == -1);
}

void memory_arguments_free(struct memory_arguments *arguments)
{
  links_free(arguments->list);
  links_free(arguments->changed);
  links_free(arguments->reversed);
  midl_user_free(arguments->ansi);
  midl_user_free(arguments->wide);
  for (LONG i = 0; i < arguments->size; i++)
    midl_user_free(arguments->texts[i]);
  midl_user_free(arguments->texts);
  midl_user_free(arguments->blob);
  record_free(&arguments->record);
  graph_free(arguments->graph);
  midl_user_free(arguments->joined);
  for (LONG i = 0; i < arguments->copied; i++)
    midl_user_free(arguments->copies[i]);
  midl_user_free(arguments->copies);
  midl_user_free(arguments->twice);
  graph_free(arguments->other);
}

void memory_all_async(RPC_ASYNC_STATE *state, RPC_BINDING_HANDLE binding,
                      enum memory_ending ending, struct memory_arguments *a)
{
  async_memory_all(state, binding, ending, a->list, &a->changed, a->ansi, a->wide, a->size,
                   a->texts, a->blob, &a->record, a->graph, &a->joined, &a->copied, &a->copies,
                   &a->twice, &a->reversed, &a->other);
}

LONG memory_all_sync(RPC_BINDING_HANDLE binding, enum memory_ending ending,
                     struct memory_arguments *a)
{
  a->result = sync_memory_all(binding, ending, a->list, &a->changed, a->ansi, a->wide, a->size,
                              a->texts, a->blob, &a->record, a->graph, &a->joined, &a->copied,
                              &a->copies, &a->twice, &a->reversed, &a->other);
  return a->result;
}
