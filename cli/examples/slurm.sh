#!/bin/bash
# One shard of a sweep for each job of an array, all into one folder that the machines share:
#     sbatch --array=1-8 slurm.sh sizes.toml sizes
# and, when all have ended, `tutee collect sizes`. After a limit on time or a machine that was lost the same line goes on where it
# was: results that are there are checked and kept.
#SBATCH --job-name=tutee
#SBATCH --cpus-per-task=2
#SBATCH --time=01:00:00
set -euo pipefail
plan=$1 folder=$2
exec tutee sweep "$plan" --out "$folder" --resume --threads "${SLURM_CPUS_PER_TASK:-1}" \
    --shard "${SLURM_ARRAY_TASK_ID:?an array counts from 1}/${SLURM_ARRAY_TASK_COUNT:?}"
