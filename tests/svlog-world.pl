#!/usr/bin/perl
# svlog-world.pl SEED WORLD [steps] [plain]: makes a scan directory WORLD with the log directories of
# some services, as loggers could have left them, and prints what svlog must show of them, worked out
# in the simplest way: concatenate, cut into lines, sort. steps: clocks jump, files are missing or
# torn, lines have no stamps; plain: nothing is compressed. TZ must be UTC.
use strict;
use warnings;
no warnings 'portable'; # hexadecimal numbers of 64 bits
use POSIX qw(strftime);

my ($seed, $world, @how) = @ARGV;
my %how = map { $_ => 1 } @how;
srand($seed);

my $BASE = 1_700_000_000;

# Nanoseconds do not fit into floating point numbers.
my $SECOND = 1_000_000_000;
sub seconds { use integer; return $_[0] / $SECOND }
sub rest { use integer; return $_[0] % $SECOND }
sub label { sprintf('@%016x%08x', 4611686018427387914 + seconds($_[0]), rest($_[0])) }
sub date { strftime($_[0], gmtime(seconds($_[1]))) }

# The stamps of loggers, and how each reads: time in ns.
my @forms = (
	sub { label($_[0]) . ' ' },
	sub { date('%Y-%m-%d %H:%M:%S', $_[0]) . sprintf('.%09d  ', rest($_[0])) },
	sub { date('%Y-%m-%d_%H:%M:%S', $_[0]) . sprintf('.%05d ', rest($_[0]) / 10000) },
	sub { date('%Y-%m-%dT%H:%M:%S', $_[0]) . sprintf('.%05d ', rest($_[0]) / 10000) },
);

# What stands at the start of a line: (time in ns or undef, text).
sub unstamp {
	my ($line) = @_;
	return ((hex($1) - 4611686018427387914) * 1_000_000_000 + hex($2), $3)
	    if $line =~ /^\@(4[0-9a-f]{15})([0-9a-f]{8})(?![0-9a-f]) ?(.*)$/s;
	if ($line =~ /^(\d{4})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)\.(\d{9})  |[_T](\d\d):(\d\d):(\d\d)\.(\d{5}) )(.*)$/s) {
		my ($h, $m, $s, $f) = defined $4 ? ($4, $5, $6, $7) : ($8, $9, $10, "${11}0000");
		require Time::Local;
		return (Time::Local::timegm($s, $m, $h, $3, $2 - 1, $1) * 1_000_000_000 + $f, $12);
	}
	return (undef, $line);
}

sub put {
	my ($file, $bytes, $time) = @_;
	open(my $out, '>:raw', $file) or die "$file: $!";
	print $out $bytes;
	close $out or die;
	utime(seconds($time), seconds($time), $file);
}

my @all;
my $source = 0;
mkdir $world;
for my $name (map { ('web', 'db', 'a b', 'mail')[$_] } 0 .. int(rand(4))) {
	my $dir = "$world/$name/log/main";
	mkdir "$world/$name";
	mkdir "$world/$name/log";
	mkdir $dir;
	$all[$source++] = { name => $name, dir => $dir };
}

for my $index (0 .. $#all) {
	my $dir = $all[$index]{dir};
	my $form = $forms[rand @forms];
	my $now = $BASE * $SECOND + int(rand(60e5)) * 10000;
	my $stream = '';
	my @files;
	for my $line (1 .. int(rand(400))) {
		$now += int(rand(rand() < 0.1 ? 3e6 : 100)) * 10000;
		$now -= int(rand(1e7)) * 10000 if $how{steps} && rand() < 0.01;
		my $text = "line $line " . 'x' x (rand() < 0.02 ? int(rand(9000)) : int(rand(30)));
		$text = '' if rand() < 0.02;
		my $bare = $how{steps} && rand() < 0.15;
		$stream .= ($bare ? '' : $form->($now)) . "$text\n";
		# A file ends at the end of a line, or within a long one.
		next unless rand() < 0.05;
		my $cut = length $stream;
		$cut -= int(rand(3000)) if length $text > 4000 && !$bare;
		push @files, [substr($stream, 0, $cut), $now];
		$stream = substr($stream, $cut);
	}
	my $last = 0;
	my @kept;
	for my $i (0 .. $#files) {
		my ($bytes, $time) = @{ $files[$i] };
		$time = $last + 1000 if $time <= $last; # names never go backwards
		$last = $time;
		my $ending = 's';
		if ($how{steps} && rand() < 0.1) {
			$ending = 'u';
			chop $bytes if rand() < 0.8;
		}
		next if $how{steps} && rand() < 0.1;
		my $file = "$dir/" . label($time) . ".$ending";
		put($file, $bytes, $time);
		push @kept, [$bytes, $ending, $time];
		next if $how{plain} || rand() < 0.6;
		system('gzip', '-n', $file) == 0 or die;
		rename("$file.gz", $file) if rand() < 0.5; # as a processor does it
	}
	put("$dir/current", $stream, $now);
	push @kept, [$stream, 's', $now];

	# Concatenated: after an unclean end, or where a stamp follows, a line is not continued.
	my $whole = '';
	my @lines;
	my $torn = 0;
	for my $file (@kept) {
		my ($bytes, $ending) = @$file;
		next if $bytes eq '';
		my ($stamp) = unstamp($bytes =~ /^([^\n]*)/);
		$whole .= "\n" if $whole ne '' && $whole !~ /\n\z/ && ($torn || defined $stamp);
		$whole .= $bytes;
		$torn = $ending eq 'u';
	}
	# Lines before the first stamp have the time of their file's end.
	my ($time, $key) = (undef, 0);
	my @ends;
	{
		my $sum = 0;
		for my $f (@kept) { $sum += length $f->[0]; push @ends, [$sum, $f->[2]] }
	}
	my $sequence = 0;
	while ($whole =~ /\G([^\n]*)(?:\n|\z)/g) {
		last if $1 eq '' && $-[0] == length $whole;
		my ($stamp, $text) = unstamp($1);
		$time = $stamp if defined $stamp;
		my $at = $time;
		if (!defined $at) {
			my ($end) = grep { $_->[0] > $-[0] } @ends;
			$at = $end ? $end->[1] : $ends[-1][1];
		}
		$key = $at if $at > $key;
		push @lines, { key => $key, source => $index, sequence => $sequence++, time => $stamp, text => $text };
	}
	$all[$index]{lines} = \@lines;
}

binmode(STDOUT, ':raw');
# Services are merged in the order of their names.
my %rank;
@rank{ sort map { $_->{name} } @all } = 0 .. $#all;
for my $line (
	sort { $a->{key} <=> $b->{key} || $rank{ $all[$a->{source}]{name} } <=> $rank{ $all[$b->{source}]{name} } || $a->{sequence} <=> $b->{sequence} }
	map { @{ $_->{lines} } } @all) {
	my $shown = '-';
	$shown = date('%Y-%m-%d %H:%M:%S', $line->{time}) . sprintf('.%09d', rest($line->{time}))
	    if defined $line->{time};
	print "$all[$line->{source}]{name} $shown $line->{text}\n";
}
