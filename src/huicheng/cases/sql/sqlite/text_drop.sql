DROP TABLE cases_text
