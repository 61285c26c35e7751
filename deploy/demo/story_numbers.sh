# The demo's story, what is left of it: registers verified again from their bytes, and an archive.
# Sourced by demo.sh, after story.sh.

fsck() { "$kpctl" fsck "$dir/run/$1/data.db" --root "$dir/trust/root-1.doc" --manifest "$dir/run/$1/trust/manifest"; }

archive() { "$kpctl" archive "$@" --root "$dir/trust/root-1.doc" --manifest "$dir/run/BW/trust/manifest"; }

play_numbers() {
  local file=$dir/steps/bw.kpa
  step n1 "BW's register is verified again from its bytes" 0 'everything (compared|else) is as it was signed' fsck BW
  step n2 "   and of EU's" 0 'everything (compared|else) is as it was signed' fsck EU
  step n3 "BW's register is archived, signed by BW" 0 'events +1 to [0-9]+' \
    archive export "$dir/run/BW/data.db" "$file" --key "$dir/keys/BW.key"
  step n4 "the archive proves itself complete" 0 'complete, and every byte as it was signed' archive verify "$file"
  sed '/^{"table":"numbers"/{n;d}' "$file" >"$file.less" || true
  step n5 "without one row: refused, the table named" 1 'the table numbers has' archive verify "$file.less"
  step n6 "nothing goes before its period of retention is over" 0 '^0 certificates have gone' \
    at BW admin archive purge "$file"
}
