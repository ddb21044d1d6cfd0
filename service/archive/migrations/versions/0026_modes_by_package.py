"""What the worklist said of packages in second-reader mode is taken back from its rows: word, score and place."""

from alembic import op

revision = "0026"
down_revision = "0028"


def upgrade() -> None:
    """As `service.archive.examination_rows` writes them from now on; other rows stay as they are."""
    op.execute(
        "CREATE TEMP TABLE standing AS"
        " SELECT analysis.id, analysis.study_id, analysis.state, analysis.outcome,"
        "   package_rule.id IS NOT NULL AS is_kept"
        " FROM analysis LEFT JOIN package_rule ON package_rule.hospital_id = analysis.hospital_id"
        " AND package_rule.package = analysis.package AND package_rule.reading_mode = 'second-reader'"
        " WHERE analysis.state NOT IN ('cancelled', 'superseded')"
    )
    op.execute("CREATE INDEX temp.standing_of_study ON standing (study_id)")
    op.execute(
        "DELETE FROM standing WHERE study_id NOT IN"
        " (SELECT study_id FROM standing WHERE is_kept AND state = 'concluded')"
    )
    op.execute(
        "UPDATE examination SET"
        " score = (SELECT max(probability) FROM finding JOIN standing ON standing.id = analysis_id"
        "   WHERE standing.study_id = examination.study_id AND NOT is_kept),"
        " word = CASE WHEN word NOT IN ('findings', 'no_finding') THEN word"
        "   WHEN 'findings' IN (SELECT outcome FROM standing WHERE study_id = examination.study_id AND NOT is_kept)"
        "     THEN 'findings'"
        "   WHEN 'failed' IN (SELECT outcome FROM standing WHERE study_id = examination.study_id) THEN 'failed'"
        "   WHEN 'refused' IN (SELECT outcome FROM standing WHERE study_id = examination.study_id) THEN 'refused'"
        "   ELSE 'analysed' END"
        " WHERE study_id IN (SELECT study_id FROM standing)"
    )
    op.execute(
        "UPDATE examination SET score_rank = -coalesce(score, 0.0) WHERE study_id IN (SELECT study_id FROM standing)"
    )
    op.execute("DROP TABLE standing")
