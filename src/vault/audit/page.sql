-- A window of the audit, newest first.
SELECT * FROM audit
WHERE (:from IS NULL OR at >= :from)
    AND (:until IS NULL OR at < :until)
    AND (:user IS NULL OR user = :user)
    AND (:op IS NULL OR op = :op)
ORDER BY seq DESC
LIMIT :limit OFFSET :offset
