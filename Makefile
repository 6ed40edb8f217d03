# billmill: everything is built out of tree, in build/<config>/. `make help` lists the targets.
#
# CONFIG=release (default) or san (ASan and UBSan); CC=gcc or clang; EXTRA_CFLAGS comes last. The built
# program is build/billmill. Works with any -jN; without one, targets that build first use all cores.

CONFIG ?= release
PREFIX ?= /usr/local
DESTDIR ?=
BUILD := build/$(CONFIG)

ifeq ($(origin CC),default)
CC := gcc
endif

PACKAGES := sqlite3 libpq yaml-0.1 jansson libcrypto libcurl zlib harfbuzz-subset harfbuzz libutf8proc
DEFINES := -D_POSIX_C_SOURCE=200809L
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wswitch-enum -Wvla -Wcast-qual -Wformat=2 -Werror -Wno-error=deprecated-declarations
CFLAGS_release := -O2 -g
CFLAGS_san := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
# Asked once, when first used: `make deps` must run on a machine that has no libraries yet.
PACKAGE_CFLAGS = $(eval PACKAGE_CFLAGS := $(shell pkg-config --cflags $(PACKAGES)))$(PACKAGE_CFLAGS)
PACKAGE_LIBS = $(eval PACKAGE_LIBS := $(shell pkg-config --libs $(PACKAGES)))$(PACKAGE_LIBS)
CHECK_LIBS = $(eval CHECK_LIBS := $(shell pkg-config --libs check))$(CHECK_LIBS)
CFLAGS = -std=c17 $(DEFINES) $(WARNINGS) $(CFLAGS_$(CONFIG)) -I. $(PACKAGE_CFLAGS) $(EXTRA_CFLAGS)
LDLIBS = $(PACKAGE_LIBS) -lhpdf -lm -pthread
LDFLAGS_san := -fsanitize=address,undefined
LDFLAGS = $(LDFLAGS_$(CONFIG))

SOURCES := $(wildcard core/*/*.c jobs/*.c)
MAIN := core/cli/main.c
# The one file that knows where `make install` puts the migrations.
PREFIX_OBJECT := $(BUILD)/core/cli/session.o
LIBRARY := $(BUILD)/libbillmill.a
LIBRARY_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(MAIN),$(SOURCES)))
TEST_SOURCES := $(wildcard tests/core/*/*.c tests/jobs/*.c tests/support/*.c)
TEST_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(TEST_SOURCES))
PROGRAM_SOURCES := $(wildcard tests/support/programs/*.c)
PROGRAMS := $(patsubst tests/support/programs/%.c,$(BUILD)/%,$(PROGRAM_SOURCES))
GENERATE_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/generate/*.c) \
                      tests/support/invoice_samples.c)
FORMATTED = $(shell find core jobs tests -name '*.[ch]')

# For the make that a target starts: as parallel as this one was told to be, else on all cores.
PARALLEL = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: all help deps demo check unit check-san check-clang compile programs schema lint bench install \
        format clean print-flags FORCE

all: $(if $(wildcard $(MAIN)),build/billmill,$(LIBRARY))

help:
	@printf '%s\n' 'make              build build/billmill' \
	  'make demo         close a month of the demo data, every command shown' \
	  'make check        the whole test suite' \
	  'make unit         only the unit tests' \
	  'make check-san    the unit tests under ASan and UBSan' \
	  'make check-clang  compile everything with clang' \
	  'make lint         formatting, layers, words, clang-tidy, cppcheck, shellcheck' \
	  'make bench        speed beside plain SQL scripts' \
	  'make install      into $$(DESTDIR)$$(PREFIX)' \
	  'make deps         install missing Debian packages (as root), or print the line that does' \
	  'make schema       write config/schema after a change of the settings' \
	  'make format       clang-format over the tree' \
	  'make clean        remove build/' \
	  'CONFIG=san        with AddressSanitizer and UndefinedBehaviorSanitizer, in build/san/' \
	  'CC=clang          another compiler; PREFIX=/usr, DESTDIR=... for install'

deps:
	@tests/support/deps.sh build run test

# ---------------------------------------------------------------- building

# A stamp is rewritten only when its text changes: other flags compile everything again, another list
# of files makes the libraries again, and nothing else does.
STAMP = mkdir -p $(@D) && { printf '%s\n' $(1) | cmp -s - $@ || printf '%s\n' $(1) > $@; }

$(BUILD)/flags.stamp: FORCE
	@$(call STAMP,$(CC) $(CFLAGS) $(LDFLAGS))

$(BUILD)/files.stamp: FORCE
	@$(call STAMP,$(LIBRARY_OBJECTS) $(TEST_OBJECTS) $(GENERATE_OBJECTS))

$(BUILD)/prefix.stamp: FORCE
	@$(call STAMP,$(PREFIX))

$(PREFIX_OBJECT): private DEFINES += -DBILLMILL_PREFIX='"$(PREFIX)"'
$(PREFIX_OBJECT): $(BUILD)/prefix.stamp

$(BUILD)/%.o: %.c $(BUILD)/flags.stamp
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

$(LIBRARY): $(LIBRARY_OBJECTS) $(BUILD)/files.stamp
	@rm -f $@
	@ar rcs $@ $(filter %.o,$^)

$(BUILD)/billmill: $(BUILD)/$(MAIN:.c=.o) $(LIBRARY)
	@echo "  LINK    $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# The program that was built last: another CONFIG or BUILD puts its own here.
build/billmill: $(BUILD)/billmill FORCE
	@[ $@ -ef $< ] || ln -f $< $@

$(BUILD)/billmill-tests: $(TEST_OBJECTS) $(LIBRARY) $(BUILD)/files.stamp
	@echo "  LINK    $@"
	@$(CC) $(LDFLAGS) -o $@ $(TEST_OBJECTS) $(LIBRARY) $(CHECK_LIBS) $(LDLIBS)

$(BUILD)/libgenerate.a: $(GENERATE_OBJECTS) $(BUILD)/files.stamp
	@rm -f $@
	@ar rcs $@ $(filter %.o,$^)

$(BUILD)/%: tests/support/programs/%.c $(BUILD)/libgenerate.a $(LIBRARY)
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -MMD -MP -MF $@.d -o $@ $< $(BUILD)/libgenerate.a $(LIBRARY) $(LDLIBS)

programs: $(PROGRAMS)

compile: $(if $(wildcard $(MAIN)),$(BUILD)/billmill) $(BUILD)/billmill-tests $(PROGRAMS)

# After a change to the tables of core/setup; a unit test compares.
schema: $(BUILD)/schema_print
	$(BUILD)/schema_print settings > config/schema/billmill.schema.json
	$(BUILD)/schema_print job > config/schema/job.schema.json
	$(BUILD)/schema_print declines > config/schema/declines.schema.json

# ---------------------------------------------------------------- running

# Works as the first command on a new machine, like `check`.
demo:
	@tests/support/deps.sh build run
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@tests/support/demo.sh

unit: $(BUILD)/billmill-tests
	@tests/support/unit.sh $(BUILD)/billmill-tests

# Unit tests and stories; `tests/run.sh NAME` runs one story.
check:
	@tests/support/deps.sh build run test
	@$(MAKE) --no-print-directory $(PARALLEL) all compile
	@BUILD=$(BUILD) tests/run.sh

check-san:
	@$(MAKE) --no-print-directory $(PARALLEL) CONFIG=san unit

check-clang:
	@tests/support/deps.sh build test lint
	@$(MAKE) --no-print-directory $(PARALLEL) CC=clang BUILD=build/clang compile

lint:
	@tests/support/deps.sh build test lint
	@tests/support/lint.sh

# For tests/support/lint.sh: what a file is compiled with, a word a line.
print-flags:
	@printf '%s\n' $(CFLAGS) -DBILLMILL_PREFIX='"$(PREFIX)"'

# SIZE=S (default), M, L, L48 or X; ENGINES="sqlite postgres"; ROUNDS=3.
bench:
	@tests/support/deps.sh build run test
	@$(MAKE) --no-print-directory $(PARALLEL) all programs
	@BUILD=$(BUILD) tests/bench/run.sh

# ---------------------------------------------------------------- installing, tidying up

SHARE = $(DESTDIR)$(PREFIX)/share/billmill
SHARED = migrations templates config/billmill.yaml config/declines.yaml config/jobs config/schema config/tax

DOCUMENTS = README.md jobs/README.md core/billing/README.md config/records.md config/tax/README.md config/demo/README.md tests/bench/README.md

# The paths in config/billmill.yaml are relative to it, so templates are found from there too.
install: all
	install -D -m 755 $(BUILD)/billmill $(DESTDIR)$(PREFIX)/bin/billmill
	find $(SHARED) -type f -exec install -D -m 644 {} $(SHARE)/{} \;
	find $(DOCUMENTS) -exec install -D -m 644 {} $(DESTDIR)$(PREFIX)/share/doc/billmill/{} \;

format:
	clang-format-14 -i $(FORMATTED)

clean:
	rm -rf build

-include $(PROGRAMS:=.d) $(GENERATE_OBJECTS:.o=.d) $(LIBRARY_OBJECTS:.o=.d) $(TEST_OBJECTS:.o=.d) $(BUILD)/$(MAIN:.c=.d)
