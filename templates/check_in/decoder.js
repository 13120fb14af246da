import "{{ script|escapejs }}";
