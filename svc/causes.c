/* causes: see causes.h.
 * SPDX-License-Identifier: ISC */
#include "causes.h"

#include "output.h"

#include <string.h>

/* The words in braces, in the order of enum fact. */
static const char *const fact_names[FACT_COUNT] = {
    [FACT_NAME] = "name",
    [FACT_DIR] = "dir",
    [FACT_SCRIPT] = "script",
    [FACT_PATH] = "path",
    [FACT_SCAN] = "scan",
    [FACT_VALUE] = "value",
    [FACT_OTHER] = "other",
    [FACT_AGO] = "ago",
    [FACT_NEXT] = "next",
    [FACT_THEN] = "then",
    [FACT_PID] = "pid",
};

/* What several causes have in common. */
#define RETRIED                                                                                    \
	"it is started again {next}, and so on each time that it dies; svc -d {name} puts an end " \
	"to it"
#define GIVEN_UP "it is not started again unless somebody says so"
#define WHEN_GONE "when the reason is gone: svc -u {name}"
#define BY_HAND "read what it writes; to see it die yourself: svc -d {name}; cd {dir} && ./run"

/* What the predicate is about, and for svlint how bad that is. */
enum form {
	SERVICE,  /* the service does, or is, so */
	SENTENCE, /* it has a subject of its own */
	WRONG,    /* a file does, or is, so: an error */
	DOUBTFUL, /* the same, a warning */
};

/* clang-format off */
static const struct {
	enum form form;
	const char *text, *next, *cure;
} causes[CAUSE_COUNT] = {
	/* as it should be */
	[CAUSE_READY] = {SERVICE,
	    "is ready for {ago}, as it should be", NULL, NULL},
	[CAUSE_DONE] = {SERVICE,
	    "is done for {ago}: ./start has succeeded, and there is no ./run", NULL, NULL},
	[CAUSE_UP] = {SERVICE,
	    "is up for {ago}", NULL, NULL},
	[CAUSE_RUNS_ONCE] = {SERVICE,
	    "runs for {ago}, but was told not to run again when it ends (svc -o)",
	    "it goes down when it ends",
	    "svc -u {name} keeps it running"},
	[CAUSE_DOWN_FILE] = {SERVICE,
	    "is down: the file \"down\" in its directory keeps it from being started",
	    "it stays down, also after the next boot",
	    "svc -u {name} (for now) or svc -U {name} (for good: it removes the file)"},
	[CAUSE_TOLD_DOWN] = {SERVICE,
	    "is down for {ago}, since somebody told it to be (svc -d)",
	    "it stays down until it is told to start, or supervise itself starts anew, as at a boot",
	    "svc -u {name}"},
	[CAUSE_TOLD_DOWN_FILE] = {SERVICE,
	    "is down for {ago}, since somebody told it to be (svc -d), "
	    "and there is a file \"down\" in its directory",
	    "it stays down, also after the next boot",
	    "svc -u {name} (for now) or svc -U {name} (for good: it removes the file)"},
	[CAUSE_ONCE_OVER] = {SERVICE,
	    "is down for {ago}: it was to run once (svc -o), and has done so",
	    "it stays down until it is told to start",
	    "svc -o {name} (once more) or svc -u {name} (and keep it running)"},
	[CAUSE_ONCE_NEVER] = {SERVICE,
	    "is down, since somebody told it not to be started again (svc -O)",
	    "it stays down until it is told to start",
	    "svc -u {name}"},

	/* on its way */
	[CAUSE_LAUNCH] = {SERVICE,
	    "is being started at this moment", "it runs in an instant", "svwhy {name}"},
	[CAUSE_START_RUNS] = {SERVICE,
	    "is starting: ./start runs for {ago} (process {pid}), and has to end first",
	    "when it exits 0, all is well; there is no limit (timeout-start)",
	    "ps -fp {pid} shows it; svc -k {name} kills it"},
	[CAUSE_START_LIMITED] = {SERVICE,
	    "is starting: ./start runs for {ago} (process {pid}), and has to end first",
	    "when it exits 0, all is well; after {value} ms in all (timeout-start) it is killed",
	    "ps -fp {pid} shows it; svc -k {name} kills it"},
	[CAUSE_UNREADY_FD] = {SERVICE,
	    "runs for {ago}, but has not said yet that it is ready: "
	    "it is to write a newline to descriptor {value} (notification-fd)",
	    "it counts as ready as soon as it does; there is no limit",
	    "svwait -T 60000 ready {name}; if the program never says so: rm {dir}/notification-fd; "
	    "svc -r {name}"},
	[CAUSE_UNREADY_CHECK] = {SERVICE,
	    "runs for {ago}, but ./check has not succeeded yet",
	    "it is asked again every 2 s at the latest; there is no limit",
	    "ask it yourself: cd {dir} && ./check; echo $?"},
	[CAUSE_WAS_SICK] = {SENTENCE,
	    "It was restarted, since ./check had failed three times in a row", NULL, NULL},
	[CAUSE_PAUSED] = {SERVICE,
	    "is paused (svc -p): its process {pid} stands still",
	    "nothing, until it is told to go on",
	    "svc -c {name}"},
	[CAUSE_STOPPED] = {SERVICE,
	    "stands still: somebody has stopped its process {pid} by a signal",
	    "nothing, until it is told to go on",
	    "svc -c {name}"},
	[CAUSE_STOPPING] = {SERVICE,
	    "was told to end {ago} ago, but its process {pid} lives on",
	    "it is waited for without a limit (there is no timeout-kill){then}",
	    "svc -k {name} kills it; to have that done: echo 10000 >{dir}/timeout-kill"},
	[CAUSE_STOPPING_LIMITED] = {SERVICE,
	    "was told to end {ago} ago, but its process {pid} lives on",
	    "{value} ms after it was told, it is killed (timeout-kill){then}",
	    "svc -k {name} kills it now"},
	[CAUSE_STOPPING_SICK] = {SERVICE,
	    "is not healthy: ./check has failed three times in a row, so it was told to end {ago} ago, "
	    "but its process {pid} lives on",
	    "as soon as it has ended it is started again",
	    "cd {dir} && ./check; echo $? shows what is wrong; svc -k {name} kills it"},
	[CAUSE_CLEANING] = {SERVICE,
	    "has ended, and what ./run has left in its process group is being ended",
	    "what is left after 2 s is killed{then}",
	    "svwhy {name}"},
	[CAUSE_OWED] = {SERVICE,
	    "has ended, but {script}, which comes next, {other} ({value})",
	    "it is tried again every second at the latest, and left out after 16 times{then}",
	    "svwhy {name}"},
	[CAUSE_FINISH_RUNS] = {SERVICE,
	    "has ended, and ./finish runs for {ago} (process {pid})",
	    "{next}{then}",
	    "ps -fp {pid} shows it; svc -k {name} kills it"},
	[CAUSE_STOP_RUNS] = {SERVICE,
	    "is going down: ./stop runs for {ago} (process {pid})",
	    "{next}{then}",
	    "ps -fp {pid} shows it; svc -k {name} kills it"},
	[CAUSE_UNSTABLE] = {SERVICE,
	    "is up for {ago}, but has died {value} times within the last {other}",
	    "when it dies again, it is started again",
	    BY_HAND},

	/* waiting for others */
	[CAUSE_WAITS] = {SERVICE,
	    "waits for {ago} for what it needs: {value}", NULL, NULL},
	[CAUSE_WAITS_ALL] = {SERVICE,
	    "waits for {ago} for what it needs: {value}",
	    "it goes on waiting until all of these are ready or done", NULL},
	[CAUSE_NEED_UNKNOWN] = {SENTENCE,
	    "There is no service {value} in {scan}",
	    "it goes on waiting until there is one, and it is ready",
	    "ln -s {path} {scan}/ enables it; if the name is wrong: "
	    "correct it in {dir}/needs, then svc -du {other}"},
	[CAUSE_NEED_NO_DIRECTORY] = {SENTENCE,
	    "{value} is no service: {path} is there, but leads to no directory",
	    "it goes on waiting until that is a service, and it is ready",
	    "ls -l {path}; if the name is wrong: correct it in {dir}/needs, then svc -du {other}"},
	[CAUSE_NEED_HIDDEN] = {SENTENCE,
	    "{value} is not to be seen from here",
	    "it goes on waiting until {value} is ready or done",
	    "sudo svwhy {dir}"},
	[CAUSE_NEED_SELF] = {SENTENCE,
	    "That is itself",
	    "it would wait for ever",
	    "take {value} out of {dir}/needs, then svc -du {other}"},
	[CAUSE_NEED_WAITS] = {SENTENCE,
	    "{value} waits, too, for {other}", NULL, NULL},
	[CAUSE_NEED_LOOP] = {SENTENCE,
	    "They need each other in a circle: {value}",
	    "all of them go on waiting",
	    "take one of these names out of a needs, then svc -du to the service whose needs that is"},
	[CAUSE_NEED_FAILED] = {SENTENCE,
	    "{value} has failed",
	    "nothing: {value} is not started again unless somebody says so",
	    "svwhy {value}; when the reason is gone: svc -u {value}"},
	[CAUSE_NEED_DOWN] = {SENTENCE,
	    "{value} is down, since somebody told it to be",
	    "{next}",
	    "svc -u {value}"},
	[CAUSE_NEED_DOWN_FILE] = {SENTENCE,
	    "{value} is down: a file \"down\" in its directory keeps it from being started",
	    "{next}",
	    "svc -u {value} (for now) or svc -U {value} (for good)"},
	[CAUSE_NEED_UNSUPERVISED] = {SENTENCE,
	    "{value} has no supervise",
	    "{next}",
	    "svwhy {value}"},
	[CAUSE_NEED_STATE] = {SENTENCE,
	    "{value} is {other}",
	    "{next}",
	    "svwhy {value}"},

	/* dead, and waiting for the next start */
	[CAUSE_DIED_EXIT] = {SERVICE,
	    "is down for {ago}: ./run ended with {value}{other}", RETRIED, BY_HAND},
	[CAUSE_DIED_SIGNAL] = {SERVICE,
	    "is down for {ago}: ./run was ended by {value}{other}", RETRIED, BY_HAND},
	[CAUSE_DIED_UNKNOWN] = {SERVICE,
	    "is down for {ago}: ./run has ended, and nobody can tell how, "
	    "since its supervise was killed, too", RETRIED, BY_HAND},
	[CAUSE_DIED_COMMAND] = {SERVICE,
	    "is down for {ago}, since a command ended it ({value})", RETRIED, "svc -u {name}"},
	[CAUSE_DIED_CHECK] = {SERVICE,
	    "is down for {ago}: it was told to end, since ./check had failed three times in a row",
	    RETRIED, "when it runs: cd {dir} && ./check; echo $?"},
	[CAUSE_RUN_EXEC] = {SERVICE,
	    "is down for {ago}, since {script} cannot be executed ({value})",
	    "it is tried again {next}, and so on until it can be", NULL},
	[CAUSE_FORK] = {SERVICE,
	    "is down, since the system has no room for one more process ({value})",
	    "it is tried again every second at the latest",
	    "ps -eLf | wc -l, ulimit -u, cat /sys/fs/cgroup/pids.max: one of them is at its limit"},

	[CAUSE_UNREAD] = {SERVICE,
	    "is down, since the files that say how to start it cannot be read ({value})",
	    "it is tried again every second at the latest", "dmesg | tail"},

	/* given up */
	[CAUSE_FAILED_START_EXIT] = {SERVICE,
	    "has failed {ago} ago: ./start exited with code {value}, so nothing else was started",
	    GIVEN_UP,
	    "cd {dir} && ./start shows what is wrong; " WHEN_GONE},
	[CAUSE_FAILED_START_SIGNAL] = {SERVICE,
	    "has failed {ago} ago: ./start was ended by the signal {value}{other}, "
	    "so nothing else was started",
	    GIVEN_UP, WHEN_GONE},
	[CAUSE_FAILED_START_EXEC] = {SERVICE,
	    "has failed {ago} ago, since ./start cannot be executed ({value})", GIVEN_UP, WHEN_GONE},
	[CAUSE_FAILED_FINISH] = {SERVICE,
	    "has failed {ago} ago: ./run ended with {value}, and ./finish exited with code 125, "
	    "which means that it must not be started again",
	    GIVEN_UP, WHEN_GONE},
	[CAUSE_FAILED_DEATHS] = {SERVICE,
	    "has failed {ago} ago: it died more often than max-deaths allows ({value}), "
	    "at last with {other}",
	    GIVEN_UP, BY_HAND "; " WHEN_GONE},
	[CAUSE_FAILED_RUN_EXEC] = {SERVICE,
	    "has failed {ago} ago: ./run cannot be executed ({value}), "
	    "and has been tried as often as max-deaths allows",
	    GIVEN_UP, WHEN_GONE},

	/* what a death may have come from */
	[CAUSE_HINT] = {SENTENCE, "{value}", NULL, NULL},
	[CAUSE_ADDRESS_USED] = {SENTENCE,
	    "Its log says that an address is in use: another process listens there", NULL,
	    "ss -ltnup shows who has which port"},
	[CAUSE_NO_SPACE] = {SENTENCE,
	    "Its log says that there is no space left", NULL, "df -h; df -i"},
	[CAUSE_NO_FILES] = {SENTENCE,
	    "Its log says that it has too many files open", NULL,
	    "exec softlimit -o 4096 before the program in {dir}/run, or mend what does not close them"},
	[CAUSE_NO_MEMORY] = {SENTENCE,
	    "Its log says that it could not get memory", NULL,
	    "free -m; softlimit in {dir}/run, or the limit of the container, may be too low"},
	[CAUSE_OOM_LOG] = {SENTENCE,
	    "The kernel's log has, of the same moment: {value}", NULL,
	    "give it more memory (the limit of the container, softlimit in run), or let it need less"},
	[CAUSE_OOM_GROUP] = {SENTENCE,
	    "Its control group has reached its limit of memory, and the kernel has killed there "
	    "{value} so far: this may have been one of them", NULL,
	    "give the container more memory, or let it need less; dmesg | grep -i 'killed process'"},
	[CAUSE_OOM_MAYBE] = {SENTENCE,
	    "No command of svc sent that: perhaps somebody's kill -9, "
	    "perhaps the kernel, since memory ran out{value}", NULL,
	    "dmesg | grep -i 'killed process'"},
	[CAUSE_OOM_NOT] = {SENTENCE,
	    "No command of svc sent that, and the kernel has killed nothing for lack of memory "
	    "since boot: so something else sent it, or somebody's kill -9", NULL, NULL},
	[CAUSE_DETACHED] = {SENTENCE,
	    "It seems to put itself into the background, where supervise loses it: "
	    "./run ended without an error, and has left processes behind", NULL,
	    "let {path} start the program in the foreground: its page tells by which option"},

	/* what else stands in the way */
	[CAUSE_STRAYS] = {SENTENCE,
	    "Of earlier runs there live on: {value}", NULL,
	    "kill {other}; to have that done each time: echo tree >{dir}/leftovers"},
	[CAUSE_LOGGER_STUCK] = {SENTENCE,
	    "Its log pipe is full ({value} bytes), so it stands still as soon as it writes: "
	    "its logger {other}", "it goes on as soon as the logger reads",
	    "svwhy {path}"},
	[CAUSE_LOGGER_DEAF] = {SERVICE,
	    "runs for {ago}, but does not read what {value} writes: the pipe between them is full",
	    "nothing, until process {pid} reads or ends",
	    "ps -fp {pid} shows it; svc -t {name} starts it anew; what is in the pipe stays there"},
	[CAUSE_MISSET] = {SENTENCE,
	    "Some of its settings make no sense, so their defaults count", NULL,
	    "svlint {name}"},
	[CAUSE_UNKILLABLE] = {SENTENCE,
	    "Process {pid} waits inside the kernel (state D), where no signal reaches it", NULL,
	    "look for a disk or network file system that does not answer: dmesg, df"},
	[CAUSE_DISK_FULL] = {SENTENCE,
	    "The file system of {value} is full", NULL, "df {value}; remove something there"},

	/* nobody to start it */
	[CAUSE_ABANDONED] = {SERVICE,
	    "has no supervise, but what a killed one has started still runs",
	    "under svscan a new supervise takes it over within a second; else nobody looks after it",
	    "svwhy {name}; if that stays so: svscan {scan}"},
	[CAUSE_NO_SCANNER] = {SERVICE,
	    "is not supervised, since no svscan watches {scan}",
	    "nothing is started until there is one",
	    "svscan {scan} &"},
	[CAUSE_UNLINKED] = {SERVICE,
	    "is not enabled: nothing in {scan} leads to {path}",
	    "nothing is started until there is a link",
	    "ln -s {path} {scan}/"},
	[CAUSE_HIDDEN] = {SERVICE,
	    "is not enabled: svscan passes over names that begin with a dot",
	    "nothing is started",
	    "give it a name that begins with something else: mv {path} NAME"},
	[CAUSE_NOTHING_TO_RUN] = {SERVICE,
	    "has neither run nor start, so there is nothing to start",
	    "svscan starts it as soon as one of them is there",
	    "write {dir}/run, then chmod +x {dir}/run"},
	[CAUSE_NO_SUPERVISE] = {SERVICE,
	    "is not supervised, although svscan (process {pid}) watches {scan}: "
	    "it has just been made, or its supervise cannot start",
	    "svscan tries it again at most once a second",
	    "svwhy {name} again; then read what supervise says on svscan's standard error"},
	[CAUSE_NO_SUPERVISE_SEEN] = {SERVICE,
	    "is not supervised, and whether an svscan watches {scan} cannot be seen from here",
	    "without svscan nothing", "sudo env SVDIR={scan} svwhy {name}"},
	[CAUSE_LOGGER_LATER] = {SERVICE,
	    "is not supervised: its log/ was made later than the supervise of {value} began, "
	    "or it cannot start",
	    "what {value} writes goes to the output of svscan",
	    "svc -dx {value}; svscan starts both again at once"},
	[CAUSE_UNWRITABLE] = {SENTENCE,
	    "supervise cannot write there: {value}", NULL,
	    "ls -ld {dir} {dir}/supervise; SUPERVISEDIR may name a place that can be written to"},
	[CAUSE_NO_PERMISSION] = {SERVICE,
	    "cannot be asked: you have no right to look into {dir}/supervise",
	    "nobody here can tell",
	    "sudo svwhy {dir}; supervise-control(5) tells how its owner can delegate that"},
	[CAUSE_UNREADABLE] = {SERVICE,
	    "cannot be asked: unable to {other}: {value}",
	    "nobody here can tell",
	    "ls -lL {dir} {dir}/supervise"},
	[CAUSE_NO_SERVICE] = {SERVICE,
	    "is no service: there is no such directory, neither here nor in {scan}{other}",
	    "nothing is started", "ls {scan}"},
	[CAUSE_DANGLING_SERVICE] = {SERVICE,
	    "is no service: {path} is a link to {value}, which does not exist",
	    "svscan starts it as soon as that exists",
	    "rm {path}, then ln -s /path/of/the/service/directory {path}"},
	[CAUSE_OTHER_SUITE] = {SERVICE,
	    "is {value}; its supervise is not upkeep's, and tells no more",
	    "nobody here can tell", "svstat {name}"},

	/* a file that is to be executed */
	[CAUSE_MISSING] = {WRONG,
	    "does not exist", NULL, "write {path}, then chmod +x {path}"},
	[CAUSE_DANGLING] = {WRONG,
	    "is a link to {value}, which does not exist", NULL,
	    "let it lead to the right file: ln -sfn FILE {path}"},
	[CAUSE_LINK_LOOP] = {WRONG,
	    "is a link that leads back to itself", NULL,
	    "let it lead to the right file: ln -sfn FILE {path}"},
	[CAUSE_DIRECTORY] = {WRONG,
	    "is a directory, not a program", NULL, "move it away, and write a program: mv {path} ELSEWHERE"},
	[CAUSE_SPECIAL] = {WRONG,
	    "is a {value}, not a program", NULL, "rm {path}, and write a program"},
	[CAUSE_NOT_EXECUTABLE] = {WRONG,
	    "is not executable (its mode is {value})", NULL, "chmod +x {path}"},
	[CAUSE_DENIED] = {WRONG,
	    "may not be executed by {value}: a right is missing for it, or for a directory above", NULL,
	    "namei -l {path} shows the rights on the way"},
	[CAUSE_NOEXEC] = {WRONG,
	    "lies on a file system that is mounted noexec ({value}), so nothing there can be executed",
	    NULL, "mount -o remount,exec {value}, or keep the service directory elsewhere"},
	[CAUSE_EMPTY] = {WRONG,
	    "is empty", NULL, "write a program: #!/bin/sh, then exec and the service"},
	[CAUSE_NO_FIRST_LINE] = {WRONG,
	    "is a script without a first line that names its interpreter", NULL,
	    "sed -i '1i #!/bin/sh' {path}"},
	[CAUSE_NO_PROGRAM] = {WRONG,
	    "is neither a script nor a program for Linux", NULL, "file {path} may tell what it is"},
	[CAUSE_BYTE_ORDER_MARK] = {WRONG,
	    "has a byte order mark before its #!, which an editor has put there", NULL,
	    "sed -i '1s/^\\xef\\xbb\\xbf//' {path}"},
	[CAUSE_CRLF] = {WRONG,
	    "has lines that end with CR LF, as Windows writes them, so the last word of its "
	    "first line means \"{value}\" with a CR behind it", NULL,
	    "sed -i 's/\\r$//' {path}"},
	[CAUSE_NO_INTERPRETER] = {WRONG,
	    "has a first line that names no interpreter behind #!", NULL,
	    "sed -i '1s|.*|#!/bin/sh|' {path}"},
	[CAUSE_LONG_LINE] = {WRONG,
	    "has a first line of which the kernel reads only 255 bytes, and the interpreter's name "
	    "is longer", NULL, "shorten the first line of {path}"},
	[CAUSE_INTERPRETER_MISSING] = {WRONG,
	    "asks for the interpreter {value}, which does not exist", NULL,
	    "correct the first line of {path}, or install {value}"},
	[CAUSE_INTERPRETER_BAD] = {WRONG,
	    "asks for the interpreter {value}, which cannot be executed itself", NULL,
	    "correct the first line of {path}, or look what is wrong with {value}"},
	[CAUSE_ENV_MISSING] = {DOUBTFUL,
	    "lets env look for {value}, which is in no directory of PATH, as far as it is known here", NULL,
	    "write the whole path of {value} into the first line of {path}, or install it"},
	[CAUSE_LOADER_MISSING] = {WRONG,
	    "needs the loader {value}, which does not exist: "
	    "it was built for a system with another C library", NULL,
	    "install the program as this system has it, or one that is linked statically"},
	[CAUSE_MACHINE] = {WRONG,
	    "is a program for another kind of machine: {value}, but this one is {other}", NULL,
	    "install the program that was built for this machine"},
	[CAUSE_REFUSED] = {WRONG,
	    "looks well from here, but the kernel has refused it: {value}", NULL,
	    "try it: cd {dir} && {script}"},
	[CAUSE_WELL_NOW] = {WRONG,
	    "was not executable at the last attempt, but now nothing is wrong with it", NULL,
	    "svc -u {name} tries it now"},

	/* what only svlint looks for */
	[CAUSE_UNLISTED] = {WRONG,
	    "cannot be listed: {value}", NULL, "ls -ld {path}"},
	[CAUSE_SETTING] = {WRONG,
	    "has the value \"{value}\" instead of {other} ({then})", NULL, "echo VALUE >{path}, or rm {path}"},
	[CAUSE_SETTING_CRLF] = {WRONG,
	    "has lines that end with CR LF, as Windows writes them, so its default counts", NULL,
	    "sed -i 's/\\r$//' {path}"},
	[CAUSE_SETTING_UNREADABLE] = {WRONG,
	    "cannot be read, so its default counts: {value}", NULL, "ls -lL {path}"},
	[CAUSE_NO_EFFECT] = {DOUBTFUL,
	    "has no effect: there is no {value}", NULL, "write {value}, or rm {path}"},
	[CAUSE_LOGGER_NEEDS] = {DOUBTFUL,
	    "has no effect: a logger needs nobody, since it has to be there first", NULL, "rm {path}"},
	[CAUSE_NEEDS_UNKNOWN] = {WRONG,
	    "names {value}, but there is no such service, neither in {scan} nor beside this one", NULL,
	    "correct the name in {path}, or enable it: ln -s {then} {scan}/"},
	[CAUSE_NEEDS_SELF] = {WRONG,
	    "names the service itself ({value}), which would wait for ever", NULL,
	    "take {value} out of {path}"},
	[CAUSE_NEEDS_CIRCLE] = {WRONG,
	    "leads back to the service itself, so that all of them would wait for ever: {value}", NULL,
	    "take one of these names out of its needs"},
	[CAUSE_MISSPELT] = {DOUBTFUL,
	    "is a name that means nothing: {value} would", NULL, "mv {path} {other}"},
	[CAUSE_OTHER_NAME] = {DOUBTFUL,
	    "means something to {value}, but nothing here", NULL, "in {dir}: {other}"},
	[CAUSE_LOG_FILE] = {WRONG,
	    "is not a directory, so there is no logger", NULL,
	    "make it a directory with a run of its own: exec multilog t ./main"},
	[CAUSE_LOG_NO_RUN] = {WRONG,
	    "has no run: nobody would read what the service writes, and it would stand still when the "
	    "pipe is full", NULL,
	    "write {dir}/run: exec multilog t ./main; or rm -r {path}"},
	[CAUSE_LOG_UNWRITABLE] = {WRONG,
	    "writes its log to {value}{then}", NULL,
	    "let it write to another directory, or make that one: mkdir -p {dir}/{value}"},
	[CAUSE_LOG_DENIED] = {WRONG,
	    "lets {other} write its log to {value}{then}", NULL,
	    "cd {dir} && mkdir -p {value} && chown {other} {value}"},
	[CAUSE_NO_ACCOUNT] = {WRONG,
	    "wants to run as {value}, and there is no such account", NULL, "useradd -r {value}"},
	[CAUSE_WRITABLE] = {WRONG,
	    "can be written by {other} (its mode is {value}), who can so become the service's user",
	    NULL, "{then} {path}"},
	[CAUSE_SETSID] = {WRONG,
	    "runs the service through setsid, which may leave it alone in the background: "
	    "supervise makes a session for each service anyway", NULL,
	    "take the word setsid out of {path}"},
	[CAUSE_DAEMON] = {DOUBTFUL,
	    "lets {value} put itself into the background, where supervise loses it{then}", NULL,
	    "{other}"},
	[CAUSE_BACKGROUND] = {WRONG,
	    "ends with a command in the background (&), so that it is over at once", NULL,
	    "put exec before the last command of {path}, and take the & away"},
	[CAUSE_NO_EXEC] = {DOUBTFUL,
	    "runs {value} as a child of the shell, so that signals reach the shell only", NULL,
	    "put exec before the last command of {path}"},
};
/* clang-format on */

/* ---- Sentences ------------------------------------------------------------------------------- */

enum cause_level
cause_level(enum cause cause)
{
	return causes[cause].form == DOUBTFUL ? CAUSE_WARNING : CAUSE_ERROR;
}

bool
cause_is_whole(enum cause cause)
{
	return causes[cause].form == SENTENCE;
}

/* The fact whose name the LENGTH bytes at NAME are; FACT_COUNT if there is none. */
static unsigned
find_fact(const char *name, size_t length)
{
	unsigned fact;

	for (fact = 0; fact < FACT_COUNT; fact++)
		if (strlen(fact_names[fact]) == length &&
		    memcmp(fact_names[fact], name, length) == 0)
			break;
	return fact;
}

/* Puts out TEXT. A value may be a sentence of a table with words in braces, too; those within it are
 * filled in once, so that no name of a file can bring its own. */
static void
fill_in(const char *text, const struct facts *facts)
{
	char part[2] = "";

	while (*text != '\0') {
		const size_t length = *text == '{' ? strcspn(text, "}") : 0;
		const unsigned fact =
		    length > 0 ? find_fact(text + 1, length - 1) : (unsigned)FACT_COUNT;
		if (fact == FACT_COUNT) {
			part[0] = *text++;
			output_text(part);
		} else {
			output_text(facts->text[fact]);
			text += length + 1;
		}
	}
}

bool
cause_is_of_file(enum cause cause)
{
	return causes[cause].form == WRONG || causes[cause].form == DOUBTFUL;
}

static const char *
find_part(enum cause cause, enum cause_part part)
{
	const char *const parts[CAUSE_PARTS] = {
	    [CAUSE_TEXT] = causes[cause].text,
	    [CAUSE_NEXT] = causes[cause].next,
	    [CAUSE_CURE] = causes[cause].cure,
	};
	return parts[part];
}

bool
cause_has(enum cause cause, enum cause_part part)
{
	return find_part(cause, part) != NULL;
}

bool
cause_say(enum cause cause, enum cause_part part, const struct facts *facts)
{
	const char *text = find_part(cause, part);

	if (text == NULL)
		return false;
	fill_in(text, facts);
	return true;
}
