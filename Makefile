# billmill: everything is built out of tree, in build/<config>/. `make help` lists the targets.
#
# CONFIG=release (default) or san (ASan and UBSan); CC=gcc or clang. The built program is build/billmill.

CONFIG ?= release
PREFIX ?= /usr/local
DESTDIR ?=
BUILD := build/$(CONFIG)

ifeq ($(origin CC),default)
CC := gcc
endif

PACKAGES := sqlite3 yaml-0.1 jansson libcrypto harfbuzz-subset harfbuzz fribidi libutf8proc
DEFINES := -D_POSIX_C_SOURCE=200809L -DBILLMILL_PREFIX='"$(PREFIX)"'
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wswitch-enum -Wvla -Wcast-qual -Wformat=2 -Werror -Wno-error=deprecated-declarations
CFLAGS_release := -O2 -g
CFLAGS_san := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
# Asked once, when first used: `make deps` must run on a machine that has no libraries yet.
PACKAGE_CFLAGS = $(eval PACKAGE_CFLAGS := $(shell pkg-config --cflags $(PACKAGES)))$(PACKAGE_CFLAGS)
PACKAGE_LIBS = $(eval PACKAGE_LIBS := $(shell pkg-config --libs $(PACKAGES)))$(PACKAGE_LIBS)
CFLAGS = -std=c17 $(DEFINES) $(WARNINGS) $(CFLAGS_$(CONFIG)) -I. $(PACKAGE_CFLAGS) $(EXTRA_CFLAGS)
LDLIBS = $(PACKAGE_LIBS) -lhpdf -lm
LDFLAGS_san := -fsanitize=address,undefined
LDFLAGS = $(LDFLAGS_$(CONFIG))

SOURCES := $(wildcard core/*/*.c jobs/*.c)
MAIN := core/cli/main.c
LIBRARY := $(BUILD)/libbillmill.a
LIBRARY_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(MAIN),$(SOURCES)))
TEST_SOURCES := $(wildcard tests/core/*/*.c tests/jobs/*.c tests/support/*.c)
TEST_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(TEST_SOURCES))
PROGRAM_SOURCES := $(wildcard tests/support/programs/*.c)
PROGRAMS := $(patsubst tests/support/programs/%.c,$(BUILD)/%,$(PROGRAM_SOURCES))
GENERATE_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/generate/*.c) \
                      tests/support/invoice_samples.c)

.PHONY: all help deps demo check unit lint bench install clean format

all: $(if $(wildcard $(MAIN)),build/billmill,$(LIBRARY))

help:
	@printf '%s\n' 'make            build build/billmill' \
	  'make demo       close a month of the demo data, every command shown' \
	  'make check      the whole test suite (make unit: only the unit tests)' \
	  'make lint       formatting, layers, clang-tidy, cppcheck' \
	  'make bench      speed beside plain SQL scripts' \
	  'make install    into $$(DESTDIR)$$(PREFIX)' \
	  'make deps       install missing Debian packages (as root), or print the line that does' \
	  'CONFIG=san      with AddressSanitizer and UndefinedBehaviorSanitizer, in build/san/'

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

$(LIBRARY): $(LIBRARY_OBJECTS)
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/billmill: $(BUILD)/$(MAIN:.c=.o) $(LIBRARY)
	@echo "  LINK    $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

build/billmill: $(BUILD)/billmill
	@ln -f $< $@ 2>/dev/null || cp $< $@

$(BUILD)/billmill-tests: $(TEST_OBJECTS) $(LIBRARY)
	@echo "  LINK    $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs check) $(LDLIBS)

$(BUILD)/libgenerate.a: $(GENERATE_OBJECTS)
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/%: tests/support/programs/%.c $(BUILD)/libgenerate.a $(LIBRARY)
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -MMD -MP -MF $@.d -o $@ $< $(BUILD)/libgenerate.a $(LIBRARY) $(LDLIBS)

programs: $(PROGRAMS)

# After a change to the tables of core/setup; a unit test compares.
schema: $(BUILD)/schema_print
	$(BUILD)/schema_print settings > config/schema/billmill.schema.json
	$(BUILD)/schema_print job > config/schema/job.schema.json

unit: $(BUILD)/billmill-tests
	$(BUILD)/billmill-tests

# Unit tests and stories; `tests/run.sh NAME` runs one story.
check: all $(BUILD)/billmill-tests $(PROGRAMS)
	BUILD=$(BUILD) tests/run.sh

# SIZE=S (default), M, L or L48.
bench: all $(PROGRAMS)
	BUILD=$(BUILD) tests/bench/run.sh

clean:
	rm -rf build

-include $(PROGRAMS:=.d) $(GENERATE_OBJECTS:.o=.d) $(LIBRARY_OBJECTS:.o=.d) $(TEST_OBJECTS:.o=.d) $(BUILD)/$(MAIN:.c=.d)
