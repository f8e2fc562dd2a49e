# upkeep: process supervision in separate small programs.
#
#   make                     build everything into build/release
#   make VARIANT=static      musl, static; also: debug asan coverage fuzz (CC=clang: all but static)
#   make unit | check        tests of the pure parts | all tests      (check-all: in all variants)
#   make check-faults        every system call fails, in all places
#   make mutants             every row of the state tables, altered, must make a test fail
#   make coverage            which part of all branches the tests take
#   make fuzz                any bytes for every parser, FUZZ_SECONDS=60 each; needs clang
#   make bench               speed and memory beside the peers that are found; BENCH="start idle": only these
#   make lint | format       static analysis, pages, floors | rewrite the sources in house style
#   make html                the manual as linked pages, in build/html; needs mandoc
#   make demo                what the README's first command runs
#   make install             DESTDIR= PREFIX=/usr/local      (uninstall removes the same files)
#   make dist-container      static programs that ADD unpacks into any image
#   make deb | release       Debian's package | all that is published: source, static programs, sums
#   make dist | clean        source archive | remove build/

VARIANT ?= release
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
VERSION := $(shell cat package/version)

# ---- What there is -------------------------------------------------------------------------------
# A program is one file of the same name in its folder; its other parts are listed here. A script is
# installed without its suffix.

svscan_PROGRAMS := svscan readproctitle
svscan_SCRIPTS := svscanboot
supervise_PROGRAMS := supervise setuidgid envuidgid envdir softlimit setlock pgrphack fghack
multilog_PROGRAMS := multilog tai64n tai64nlocal svlog
svc_PROGRAMS := svc svok svstat svup svwait svwhy svlint
package_SCRIPTS := new-service

svscan_PARTS := svscan/begin svscan/scan svscan/map svscan/plan svscan/look svscan/service svscan/lowfd svscan/tree svscan/shutdown svscan/stop svscan/init \
	svscan/adopt svscan/find svscan/orphan svscan/word svscan/bell svscan/order svscan/sequence svscan/announce svscan/options \
	$(addprefix svscan/,command terminal verdict strays report finish ownlog)
supervise_PARTS := $(addprefix supervise/,claim machine policy config control child effect owed death publish check \
	aside aftermath members adopt heritage recall identity needs need memory)
multilog_PARTS := $(addprefix multilog/,script match batch intake trouble record directory rotate step processor \
	carry deliver straight spool take phase lines console stream keep period glob stamp calendar)
tai64n_PARTS := multilog/filter
tai64nlocal_PARTS := multilog/filter
svlog_PARTS := $(addprefix multilog/,find change source follow range seek leap listing reader merge pattern stamp when \
	calendar show complaint room)
svc_PARTS := $(addprefix svc/,wait goal view)
svwait_PARTS := $(svc_PARTS)
svstat_PARTS := $(addprefix svc/,line every view)
svup_PARTS := $(svstat_PARTS)
svlint_PARTS := $(addprefix svc/,every causes facts program header names needs complain lint lintlog lintscript)
svwhy_PARTS := $(addprefix svc/,every view causes facts answer tail subject program header why whyabsent whydead whywaiting death memory strays logger scanner names)

FOLDERS := svscan supervise multilog svc
PROGRAMS := $(foreach f,$(FOLDERS),$($(f)_PROGRAMS) $($(f)_SCRIPTS)) $(package_SCRIPTS)
PAGES := $(sort $(wildcard $(FOLDERS:%=%/*.[1-8]) package/*.[1-8]))
# Into PREFIX/share/upkeep, each with its mode.
SHARED := $(sort $(shell find package/services package/hosts -type f))
# What shells complete, a file for each of them and each program.
COMPLETED := $(shell sed -n 's/^\([a-z]*\) *| operands |.*/\1/p' package/completions/options)
UNIT_TESTS := $(sort $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*_test.c)))
LIB := $(sort $(patsubst %.c,%,$(wildcard lib/*.c)))

# ---- How it is built -----------------------------------------------------------------------------

B := build/$(VARIANT)
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Wformat=2 -Wundef -Wpointer-arith -Wcast-qual -Wwrite-strings -Werror
OPTIMIZE := -Os
HARDEN := -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2
HARDEN_LD := -Wl,-z,relro,-z,now,-z,noexecstack
# Sanitizers, valgrind and gcov know no child that shares its parent's memory.
FORKS := -DFORKS_ONLY

ifeq ($(VARIANT),static)
ifeq ($(origin CC),default)
CC := musl-gcc
AR := gcc-ar
LTO := -flto -ffat-lto-objects
endif
# No position independence: relocation would dirty pages in every resident process.
HARDEN := -fno-stack-protector
HARDEN_LD := -static -no-pie -s -Wl,--gc-sections,-z,norelro,-z,noseparate-code,-z,noexecstack
# Smaller parts in place of musl's, for those that need little of them.
setuidgid_PARTS += lib/musl/heap
envuidgid_PARTS += lib/musl/heap
svlint_PARTS += lib/musl/heap
svlog_PARTS += lib/musl/letters
LETTERS := -Wl,--wrap=iswalpha,--wrap=iswpunct,--wrap=towlower,--wrap=towupper
# Else what a program writes to begins with a page in its file, too: 2 KB of nothing on average. Those of
# which there are many have no page of it in memory that also has constants.
PACKED := -Wl,-z,common-page-size=64
# What supervise writes to begins with a page, and then has room on it.
PAGE := -Wl,--section-start=.init_array=0x440000
# Without threads nobody has to be asked before a fork, which is 2 KB where there are children.
ALONE := -Dfork=_Fork
OPTIMIZE := -Os $(LTO) $(ALONE) -fno-pie -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables
else ifeq ($(VARIANT),debug)
OPTIMIZE := -O0 -g
HARDEN := -fstack-protector-strong $(FORKS)
else ifeq ($(VARIANT),asan)
OPTIMIZE := -O1 -g -fno-omit-frame-pointer
HARDEN := -fsanitize=address,undefined -fno-sanitize-recover=all $(FORKS)
HARDEN_LD := -fsanitize=address,undefined
else ifeq ($(VARIANT),coverage)
OPTIMIZE := -O0 -g --coverage
HARDEN := $(FORKS)
HARDEN_LD := --coverage -Wl,--wrap=execve,--wrap=_exit,--wrap=__gcov_dump,--undefined=counts_wanted
LIB += tests/tools/counts
else ifeq ($(VARIANT),fuzz)
CC := clang
OPTIMIZE := -O1 -g
HARDEN := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
HARDEN_LD := -fsanitize=fuzzer,address,undefined
else ifneq ($(VARIANT),release)
$(error VARIANT is release, debug, static, asan, coverage or fuzz, not "$(VARIANT)")
endif

ALL_CFLAGS := -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Ilib $(OPTIMIZE) $(HARDEN) $(WARN) $(CFLAGS)
ALL_LDFLAGS := $(HARDEN_LD) $(LDFLAGS)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all bench check check-faults check-heavy check-all coverage unit mutants fuzz fuzzers lint format html demo install uninstall \
	dist dist-container archive deb release clean FORCE

COMPLETIONS := $(foreach shell,bash zsh fish,$(COMPLETED:%=$(B)/completions/%.$(shell)))

all: $(PROGRAMS:%=$(B)/bin/%) $(COMPLETIONS)

$(B)/lib.a: $(LIB:%=$(B)/obj/%.o)
	rm -f $@
	$(AR) rcs $@ $^

# The compiler and flags are part of what an object depends on: changing them rebuilds.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' >$@

$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(BY_HAND) -MMD -MP -c -o $@ $<

define PROGRAM_RULE
$(B)/bin/$(2): $(B)/obj/$(1)/$(2).o $$($(2)_PARTS:%=$(B)/obj/%.o) $(B)/lib.a
	@mkdir -p $$(@D)
	$$(CC) -o $$@ $$^ $$(ALL_LDFLAGS) $$(BY_HAND) $$(LAYOUT)
endef
$(foreach f,$(FOLDERS),$(foreach p,$($(f)_PROGRAMS),$(eval $(call PROGRAM_RULE,$(f),$(p)))))
$(filter-out %/supervise %/multilog,$(foreach f,$(FOLDERS),$($(f)_PROGRAMS:%=$(B)/bin/%))): LAYOUT := $(PACKED)
# What supervise has in its pages of memory is laid out by hand, for there are many of it; and what is
# called once is not to make the stack deeper for all that is not.
$(B)/bin/supervise: BY_HAND := $(PAGE)
$(B)/bin/svlog: LAYOUT += $(LETTERS)
ifeq ($(VARIANT),static)
$(supervise_PARTS:%=$(B)/obj/%.o) $(B)/obj/supervise/supervise.o: BY_HAND := -fno-inline-functions-called-once
$(B)/obj/supervise/memory.o: BY_HAND := -fno-lto
# Called by libc, which knows nothing of optimization at link time; and calls nothing that it is.
$(B)/obj/lib/musl/%.o: BY_HAND := -fno-lto -fno-builtin
endif

$(svscan_SCRIPTS:%=$(B)/bin/%): $(B)/bin/%: svscan/%.sh
	@mkdir -p $(@D)
	install -m 755 $< $@

$(package_SCRIPTS:%=$(B)/bin/%): $(B)/bin/%: package/%
	@mkdir -p $(@D)
	install -m 755 $< $@

$(COMPLETIONS): package/completions/make package/completions/options $(wildcard package/completions/*.in)
	@mkdir -p $(@D)
	sh $< $(@F) >$@

# ---- Tests ---------------------------------------------------------------------------------------
# A unit test includes the pure part that it tests (so that it can alter its tables) or links lib.

$(B)/unit/%: $(B)/obj/tests/unit/%.o $(B)/lib.a
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(ALL_LDFLAGS)

# UNDER='valgrind -q' runs them under something.
unit: $(UNIT_TESTS:%=$(B)/unit/%)
	@for test in $^; do $(UNDER) $$test || exit 1; done

mutants: $(patsubst %,$(B)/unit/%,$(notdir $(basename $(shell grep -le --mutants tests/unit/*_test.c))))
	@for test in $^; do $$test --mutants || exit 1; done

# A fuzzer includes what it tests, or links lib and the parts named here.
source_FUZZED := $(addprefix multilog/,source follow range seek leap listing reader stamp calendar complaint room)
show_FUZZED := multilog/stamp multilog/calendar
batch_FUZZED := multilog/stamp multilog/calendar
line_FUZZED := svc/every
sequence_FUZZED := $(addprefix svscan/,map order orphan plan scan)
FUZZERS := $(sort $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))

define FUZZER_RULE
$(B)/bin/fuzz-$(1): $(B)/obj/tests/fuzz/$(1).o $$($(1)_FUZZED:%=$(B)/obj/%.o) $(B)/lib.a
	@mkdir -p $$(@D)
	$$(CC) -o $$@ $$^ $$(ALL_LDFLAGS)
endef
$(foreach f,$(FUZZERS),$(eval $(call FUZZER_RULE,$(f))))

fuzzers: $(FUZZERS:%=$(B)/bin/fuzz-%)

FUZZ_SECONDS ?= 60
fuzz:
	$(MAKE) VARIANT=fuzz fuzzers
	JOBS=$(JOBS) sh tests/fuzz/run.sh $(FUZZ_SECONDS) $(FUZZERS)

coverage:
	sh tests/coverage.sh

JOBS ?= $(shell nproc)
check: all unit
	VARIANT=$(VARIANT) bats --jobs $(JOBS) $(sort $(wildcard tests/*.bats tests/contract/*.bats tests/faults/*.bats))

# Each system call of the daemons and clients fails, with each error of its page, at every place.
check-faults: all
	FAULTS_ALL=1 VARIANT=$(VARIANT) bats tests/faults tests/multilog-faults.bats tests/multilog-lasting.bats

# Clients of hundreds of megabytes, which it installs.
check-heavy: all
	@mkdir -p build
	. package/tools.sh && need bats unshare ip ansible puppet podman runc catatonit podman-compose \
		musl-gcc mmdebstrap dh lintian aarch64-linux-gnu-gcc qemu-aarch64-static \
		qemu-system-x86_64 mke2fs mandoc
	VARIANT=$(VARIANT) bats tests/heavy

# The sweeps at every point, the torture at full length; then all variants with the short forms.
LONG := SWEEP_STEP=1 TORTURE_KILLS=500 MULTILOG_KILLS=500 SVLOG_WORLDS=500 SVLOG_ARCHIVES_MB=1024 \
	FAULTS_ALL=1 HOSTILE_SECONDS=10 NEEDS_ROUNDS=100 NEEDS_CROWD=500 \
	ORDER_ROUNDS=100 ORDER_SCALE=4 GROWTH=100
check-all: lint mutants fuzz check-heavy coverage
	$(LONG) $(MAKE) check
	$(MAKE) VARIANT=debug B=build/valgrind/debug CFLAGS=-gdwarf-4 unit UNDER='valgrind -q --error-exitcode=9 --child-silent-after-fork=yes'
	sh tests/valgrind.sh
	for variant in asan static 'debug CC=clang'; do $(MAKE) VARIANT=$$variant check || exit 1; done

# Of the static programs, and at start also of the dynamic ones. Prints Markdown.
bench: all
	@$(MAKE) -s VARIANT=static all
	@bash tests/bench/run.sh $(BENCH)

lint:
	sh tests/lint.sh

format:
	clang-format -i $(wildcard lib/*.[ch] lib/*/*.[ch] $(FOLDERS:%=%/*.[ch]) tests/*.c tests/*/*.[ch] package/containers/*/*.[ch])

html:
	@sh package/html build/html $(PAGES)

demo: all
	sh package/demo

# ---- Installing ----------------------------------------------------------------------------------

install: all
install uninstall: export DESTDIR := $(DESTDIR)
install uninstall: export PREFIX := $(PREFIX)
install uninstall: export BINDIR := $(BINDIR)
install uninstall: export MANDIR := $(MANDIR)
install uninstall: export ZSHDIR := $(ZSHDIR)
install uninstall:
	@BUILT='$(B)' PROGRAMS='$(PROGRAMS)' PAGES='$(PAGES)' SHARED='$(SHARED)' COMPLETIONS='$(COMPLETIONS)' \
		sh package/install $@

dist:
	sh package/dist

dist-container:
	@$(MAKE) -s VARIANT=static archive

archive: all
	@sh package/dist-container $(B)/bin $(PROGRAMS)

deb release:
	@sh package/$@

clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
