"""
nbgrader's settings for a course with these lessons, for instructors who collect and grade with nbgrader
(https://nbgrader.readthedocs.io) instead of `npx arl check`. Copy this file into the course's folder, then:

    npx arl kernel install                     # the kernel, for the user who grades
    npx arl release notebooks/solutions/01-introduction.ipynb --out COURSE/source/lesson-1
    cd COURSE
    nbgrader generate_assignment lesson-1      # the release that learners get
    nbgrader autograde lesson-1                # what is in submitted/LEARNER/lesson-1

Tried with nbgrader 0.9.5 on lesson 1: its checksums are those of `arl release`; the solutions got 100 points, an
untouched copy none. A test cell's result is its points, so that an exercise that is right in part gets part of them.

nbgrader runs a learner's code with the rights of whoever grades: grade on a machine with nothing to steal.
"""
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ComputeChecksums,
    IncludeHeaderFooter,
    LockCells,
    SaveCells,
)

c = get_config()  # noqa: F821 (nbgrader calls this file with it)

# nbgrader's own steps but two. ClearSolutions would replace every answer cell, which `arl release` has cut down to
# its stub already; InstantiateTests writes tests in Python and R only.
c.GenerateAssignment.preprocessors = [
    IncludeHeaderFooter,
    LockCells,
    ClearOutput,
    CheckCellMetadata,
    ComputeChecksums,
    SaveCells,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
]

# Cells that train take longer than nbgrader's 30 seconds.
c.Execute.timeout = 600
