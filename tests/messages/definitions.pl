# definitions.pl: C sources, preprocessed, as definitions of functions and objects: name, file, the
# tokens of head and body, parameters; lines of ours only. SPDX-License-Identifier: ISC
use strict;
use warnings;

our $TOKEN = qr/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[A-Za-z_]\w*|\.?\d[\w.]*|->|\S/;

# The tokens of each of the FILES after the preprocessor, without those of the system's headers.
sub tokens_of {
	my (@files) = @_;
	my %tokens = map { $_ => [] } @files;
	my ($file, $ours) = ('', 0);

	open(my $in, '-|', 'cc', qw(-E -std=c11 -D_GNU_SOURCE -DVERSION="" -Ilib), @files) or die;
	while (<$in>) {
		if (/^# \d+ "([^"]*)"/) {
			$file = $1 if $tokens{$1};
			$ours = $1 !~ m{^[/<]};
		} elsif ($ours) {
			push @{$tokens{$file}}, /$TOKEN/g;
		}
	}
	close $in or die "list.pl: unable to preprocess\n";
	return \%tokens;
}

# The index behind the bracket that closes the one at INDEX.
sub skip {
	my ($tokens, $index) = @_;
	my $depth = 0;

	do {
		$depth++ if $tokens->[$index] =~ /^[(\[{]$/;
		$depth-- if $tokens->[$index] =~ /^[)\]}]$/;
		$index++;
	} while ($depth > 0 && $index < @$tokens);
	return $index;
}

# The parts of a list of tokens between commas outside of brackets.
sub split_list {
	my @parts = ([]);

	for (my $i = 0; $i < @_;) {
		my $next = $_[$i] =~ /^[(\[{]$/ ? skip(\@_, $i) : $i + 1;
		if ($_[$i] eq ',') {
			push @parts, [];
		} else {
			push @{$parts[-1]}, @_[$i .. $next - 1];
		}
		$i = $next;
	}
	return @parts == 1 && !@{$parts[0]} ? () : @parts;
}

# The name that a parameter or variable gets in a declaration.
sub declared {
	my @before;

	for (@_) {
		last if $_ eq '[' || $_ eq '=';
		push @before, $_ if /^[A-Za-z_]/;
	}
	return @before ? $before[-1] : '';
}

# A function or an initialised object, of the tokens before and in its braces.
sub define {
	my ($file, $head, $body) = @_;
	my $is_function = !grep { $_ eq '=' } @$head;
	my @head = @$head;

	for (my $i = 0; $i < @head;) {
		splice(@head, $i, skip(\@head, $i + 1) - $i), next if $head[$i] eq '__attribute__';
		$i++;
	}
	my %definition = (file => $file, head => \@head, body => $body, public => !grep { $_ eq 'static' } @head);
	if ($is_function) {
		my ($open) = grep { $head[$_] eq '(' } 0 .. $#head;
		return unless $open;
		$definition{name} = $head[$open - 1];
		my @inside = @head[$open + 1 .. skip(\@head, $open) - 2];
		$definition{parameters} = [map { declared(@$_) } split_list(@inside)];
	} else {
		$definition{name} = declared(@head);
	}
	return \%definition;
}

sub definitions_of {
	my ($file, $tokens) = @_;
	my (@found, @head);

	for (my $i = 0; $i < @$tokens;) {
		if ($tokens->[$i] eq '{') {
			my $end = skip($tokens, $i);
			my @body = @$tokens[$i + 1 .. $end - 2];
			if (grep({ $_ eq '=' } @head) || (@head && $head[-1] eq ')')) {
				push @found, define($file, \@head, \@body);
				@head = ();
			} else {
				push @head, '{}'; # of a structure, whose tag or object may follow
			}
			$i = $end;
		} else {
			push @head, $tokens->[$i];
			@head = () if $tokens->[$i] eq ';' || @head == 1 && $head[0] eq ';';
			$i++;
		}
	}
	return @found;
}

1;
