#!/bin/bash
# The same without a process that stays where jobs are submitted: sbatch slurm_check.sh /archive report.json
# One job has everything: the scheduler, the workers (srun starts them on all its nodes) and the check.
#SBATCH --job-name=dcmlint
#SBATCH --partition=batch
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --mem=16G
#SBATCH --time=04:00:00
set -euo pipefail

archive=$1
report=$2
environment=/shared/dcmlint
# A folder that all nodes see; the scheduler writes its address into the file.
scheduler_file=$(mktemp --dry-run --tmpdir="$PWD" scheduler-XXXXXX.json)
trap 'kill "$(jobs -p)" 2>/dev/null || true; rm -f "$scheduler_file"' EXIT

"$environment/bin/dask" scheduler --scheduler-file "$scheduler_file" --no-dashboard &
srun "$environment/bin/dask" worker --scheduler-file "$scheduler_file" \
    --nworkers "$SLURM_CPUS_PER_TASK" --nthreads 1 --memory-limit 2GB --local-directory /tmp --no-dashboard &

until [ -s "$scheduler_file" ]; do sleep 1; done
"$environment/bin/dcmlint" check "$archive" --executor dask --scheduler "$scheduler_file" --format "json:$report"
